//! Real clients against the real binary: ffmpeg (Debian's, and a newer one where Python's `imageio-ffmpeg` is installed)
//! publishes; ffmpeg, GStreamer and four players in Chromium read.
//!
//! | module | behaviour |
//! |---|---|
//! | [`decode`] | every picture that was published comes out of HLS and DASH, with its time |
//! | [`codec_strings`] | the codec strings of many files are those of ffmpeg, and those that hls.js, Shaka and Chromium take |
//! | [`codecs`] | every codec of Enhanced RTMP comes out of HLS and DASH as it went in |
//! | [`browsers`] | hls.js, dash.js, Shaka HLS and Shaka DASH play, seek back and return to live |
//! | [`page`] | the server's own pages play picture and sound |
//! | [`ladder`] | two versions and sound: players go down and up with the network, and on when versions vanish and return |
//! | [`targets`] | every part target plays, and the lowest-latency preset; how far behind the picture is |
//! | [`addressing`] | every form of addressing plays: MPDs by duration, timeline and time, patched and whole; parts as ranges |
//! | [`reconnect`] | a publisher dies and comes back: players go on, one discontinuity, numbers go on |
//! | [`end`] | a broadcast ends: players play to its end, and later from its beginning |
//! | [`flv`] | FLV that we write with any codec is read by ffmpeg |
//! | [`gstreamer`] | files that GStreamer writes are read as ffprobe lists them |
//! | [`slow_reader`] | whatever a reader that is too slow has to do without, the rest is decoded without an error |
//! | [`ts`] | transport streams of ffmpeg are read, and written again without a complaint |
//! | [`garbage`] | what is not RTMP or HTTP disturbs nobody |
//!
//! A test whose tools are missing says so and passes; with `SPRINGHEAD_REQUIRE_CLIENTS=1` it fails. The players come from
//! `npm ci` in this directory. `SPRINGHEAD_CLIENT_SECONDS` (20) is how long each player is watched. Reports and
//! screenshots are kept in the target directory under `tmp/clients`.

mod addressing;
mod browsers;
mod codec_strings;
mod codecs;
mod decode;
mod end;
mod flv;
mod garbage;
mod gstreamer;
mod http;
mod ladder;
mod page;
mod player;
mod playlist;
mod publisher;
mod reconnect;
mod server;
mod slow_reader;
mod targets;
mod tools;
mod ts;
