#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| springhead_mux::fuzz::ts_reader(data));
