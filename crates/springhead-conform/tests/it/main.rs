//! The rules against what others write.

mod peers;
