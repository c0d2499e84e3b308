//! One writer, many readers: a lock-free ring of access units with lag reports and instant start
