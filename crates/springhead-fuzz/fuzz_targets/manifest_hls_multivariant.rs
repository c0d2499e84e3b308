#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| springhead_manifest::fuzz::hls_multivariant(data));
