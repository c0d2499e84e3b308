//! RTMP: a pure session machine and a tokio driver
