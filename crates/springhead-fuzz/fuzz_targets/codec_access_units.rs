#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| springhead_codec::fuzz::access_units(data));
