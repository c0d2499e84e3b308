//! Every fuzz target by name, so that a plain test can replay their corpus.
//!
//! The bodies live in the crates whose parsers they try, in `src/fuzz.rs`; the files in `fuzz_targets` hand them to
//! libFuzzer. Inputs are kept in `corpus/TARGET`, those that once failed among them, and the `testdata` of a target's
//! crate is tried as well.

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// The crate whose parser it tries.
    pub krate: &'static str,
    /// The function in the crate's `fuzz` module.
    pub function: &'static str,
    /// That function: it panics when a property does not hold.
    pub body: fn(&[u8]),
}

impl Target {
    /// What cargo-fuzz calls it: the crate without `springhead_`, and the function.
    pub fn name(&self) -> String {
        format!("{}_{}", self.krate.trim_start_matches("springhead_"), self.function)
    }
}

macro_rules! targets {
    ($($krate:ident: $($function:ident),+;)+) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[$($(Target {
            krate: stringify!($krate),
            function: stringify!($function),
            body: $krate::fuzz::$function,
        }),+),+];
    };
}

targets! {
    springhead_codec: access_unit, adts_frames, audio_specific_config, byte_stream, caption_messages, decoder_config, emulation_prevention, id3_tags, nal_units, picture_parameter_set, recovery_point, sequence_parameter_set, slice_header, splice_info_section;
    springhead_conform: answer, cmaf, hls, mpd;
    springhead_intake: intake, queue;
    springhead_manifest: hls_media, hls_multivariant, mpd, patch;
    springhead_mux: flv_audio, flv_file, flv_video, fmp4_chunks, fmp4_init;
    springhead_rtmp: aggregate, amf0, chunks, session;
}
