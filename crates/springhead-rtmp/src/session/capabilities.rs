//! What both sides say of Enhanced RTMP in connect (Enhanced RTMP v2, "Enhancing NetConnection connect Command").

use springhead_mux::flv::amf0::Value;

/// FourCcInfoMask.CanForward: what this server does with media.
const CAN_FORWARD: u32 = 4;

/// The FourCC of each codec that is taken.
const VIDEO: &[&str] = &["avc1", "hvc1", "vvc1", "av01", "vp09"];
const AUDIO: &[&str] = &["mp4a", "Opus", "fLaC", "ac-3", "ec-3", ".mp3"];

/// CapsExMask: several tracks, and ModEx, of which nothing that is below a millisecond counts.
const CAPS_EX: u32 = 2 | 4;

/// What a peer says that it can do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Every FourCC of `fourCcList`, `videoFourCcInfoMap` and `audioFourCcInfoMap`, each once; `*` stands for all.
    pub four_ccs: Vec<String>,
    /// `capsEx`: 1 reconnect, 2 multitrack, 4 ModEx, 8 nanosecond offsets.
    pub caps_ex: u32,
}

impl Capabilities {
    /// What the command object of connect says; none when it does not speak of Enhanced RTMP.
    pub(super) fn parse(command_object: &Value) -> Option<Self> {
        let mut found = None::<Self>;
        if let Some(Value::StrictArray(list)) = command_object.get("fourCcList") {
            let found = found.get_or_insert_default();
            list.iter().filter_map(Value::as_str).for_each(|four_cc| found.add(four_cc));
        }
        for map in ["videoFourCcInfoMap", "audioFourCcInfoMap"] {
            if let Some(Value::Object(map) | Value::EcmaArray(map)) = command_object.get(map) {
                let found = found.get_or_insert_default();
                map.iter().for_each(|(four_cc, _)| found.add(four_cc));
            }
        }
        if let Some(caps) = command_object.get("capsEx").and_then(Value::as_u32) {
            found.get_or_insert_default().caps_ex = caps;
        }
        found
    }

    fn add(&mut self, four_cc: &str) {
        if !self.four_ccs.iter().any(|known| known == four_cc) {
            self.four_ccs.push(four_cc.to_owned());
        }
    }

    /// What this server says of itself, to a peer that has said something: the codecs that it takes, and that it takes
    /// several tracks.
    pub(super) fn ours() -> Vec<(&'static str, Value)> {
        let map = |four_ccs: &[&'static str]| {
            Value::object(four_ccs.iter().map(|four_cc| (*four_cc, Value::from(CAN_FORWARD))))
        };
        let list = VIDEO.iter().chain(AUDIO).map(|four_cc| Value::from(*four_cc)).collect();
        vec![
            ("fourCcList", Value::StrictArray(list)),
            ("videoFourCcInfoMap", map(VIDEO)),
            ("audioFourCcInfoMap", map(AUDIO)),
            ("capsEx", Value::from(CAPS_EX)),
        ]
    }
}
