#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| springhead_manifest::fuzz::patch(data));
