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
    springhead_codec: ac3_config, ac3_frames, access_unit, access_units, adts_frames, audio_specific_config, av1_decoder_config,
        av1_obus, av1_sequence_header, av1_unit, byte_stream, caption_messages, decode_times, decoder_config,
        emulation_prevention, flac_config, flac_frame_header, hevc_access_unit, hevc_byte_stream, hevc_decoder_config,
        hevc_messages, hevc_picture_parameter_set, hevc_sequence_parameter_set, hevc_slice_header,
        hevc_video_parameter_set, id3_tags, latm_stream, mpeg_audio_frames, nal_units, opus_config, opus_packet,
        opus_ts, picture_parameter_set, recovery_point, sequence_parameter_set, slice_header, splice_info_section,
        vp8_unit, vp9_unit, vpx_record, vvc_access_unit, vvc_decoder_config, vvc_parameter_set;
    springhead_conform: answer, cmaf, hls, mpd;
    springhead_intake: intake, queue;
    springhead_manifest: hls_media, hls_multivariant, mpd, patch;
    springhead_mux: flv_amf0, flv_audio, flv_file, flv_script, flv_video, fmp4_chunks, fmp4_init, fmp4_mfra,
        fmp4_movie, fmp4_protection, fmp4_tracks, ts_reader, ts_round_trip, ts_sections;
    springhead_rtmp: aggregate, chunks, session;
}
