#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| springhead_intake::fuzz::queue(data));
