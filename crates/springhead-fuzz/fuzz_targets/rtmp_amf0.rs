#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| springhead_rtmp::fuzz::amf0(data));
