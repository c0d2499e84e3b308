//! EXT-X-DATERANGE.

use springhead_core::WallTime;

use super::attributes::{AttributeList, TagWriter, Value};
use super::{HlsErrorKind, Tag};
use crate::{Seconds, parse_date_time};

/// EXT-X-DATERANGE, attributes that hold for a range of dates (draft-pantos-hls-rfc8216bis-22 §4.4.5.1). It belongs to
/// the playlist and to no segment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DateRange {
    /// Its name. Tags of the same id describe the same range.
    pub id: String,
    /// CLASS: what the client attributes mean.
    pub class: Option<String>,
    /// When it begins; required in the first tag of an id.
    pub start_date: Option<WallTime>,
    /// CUE: `PRE`, `POST`, `ONCE`.
    pub cue: Vec<String>,
    /// When it ends.
    pub end_date: Option<WallTime>,
    /// How long it is.
    pub duration: Option<Seconds>,
    /// How long it is expected to be.
    pub planned_duration: Option<Seconds>,
    /// END-ON-NEXT: it ends where the next range of its class begins.
    pub end_on_next: bool,
    /// SCTE35-CMD, a splice_info_section as a hexadecimal-sequence `0x…`.
    pub scte35_cmd: Option<String>,
    /// SCTE35-OUT, likewise.
    pub scte35_out: Option<String>,
    /// SCTE35-IN, likewise.
    pub scte35_in: Option<String>,
    /// The attributes that begin with `X-`, in the order written.
    pub client_attributes: Vec<(String, ClientValue)>,
}

/// The value of a client attribute.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ClientValue {
    /// A quoted-string, without its quotes.
    Quoted(String),
    /// A hexadecimal-sequence or a decimal number, as it stands.
    Bare(String),
}

impl DateRange {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::DateRange, value)?;
        let date = |name: &'static str| {
            list.quoted(name)?.map(|text| parse_date_time(&text).ok_or_else(|| list.bad(name))).transpose()
        };
        let scte35 = |name: &'static str| list.with(name, |text| is_hexadecimal(text).then(|| text.to_owned()));
        let own = |value: &Value<'_>| match value {
            Value::Quoted(text) => ClientValue::Quoted((*text).to_owned()),
            Value::Bare(text) => ClientValue::Bare((*text).to_owned()),
        };
        let client = list.entries().iter().filter(|(name, _)| name.starts_with("X-"));
        Ok(Self {
            id: list.required("ID", list.quoted("ID")?)?,
            class: list.quoted("CLASS")?,
            start_date: date("START-DATE")?,
            cue: list.quoted_list("CUE", ',')?.unwrap_or_default(),
            end_date: date("END-DATE")?,
            duration: list.parsed("DURATION")?,
            planned_duration: list.parsed("PLANNED-DURATION")?,
            end_on_next: list.yes("END-ON-NEXT")?,
            scte35_cmd: scte35("SCTE35-CMD")?,
            scte35_out: scte35("SCTE35-OUT")?,
            scte35_in: scte35("SCTE35-IN")?,
            client_attributes: client.map(|(name, value)| ((*name).to_owned(), own(value))).collect(),
        })
    }

    /// Takes over what a later tag of the same id says: attributes are added and do not change.
    pub(super) fn augment(&mut self, later: &Self) {
        fn or<T: Clone>(slot: &mut Option<T>, later: &Option<T>) {
            *slot = later.clone().or(slot.take());
        }
        or(&mut self.class, &later.class);
        or(&mut self.start_date, &later.start_date);
        or(&mut self.end_date, &later.end_date);
        or(&mut self.duration, &later.duration);
        or(&mut self.planned_duration, &later.planned_duration);
        or(&mut self.scte35_cmd, &later.scte35_cmd);
        or(&mut self.scte35_out, &later.scte35_out);
        or(&mut self.scte35_in, &later.scte35_in);
        self.end_on_next |= later.end_on_next;
        if !later.cue.is_empty() {
            self.cue.clone_from(&later.cue);
        }
        for (name, value) in &later.client_attributes {
            match self.client_attributes.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => known.clone_from(value),
                None => self.client_attributes.push((name.clone(), value.clone())),
            }
        }
    }

    pub(super) fn write(&self, out: &mut String) {
        let date = |at: Option<WallTime>| at.map(|at| at.to_string());
        let mut tag = TagWriter::new(out, Tag::DateRange);
        tag.quoted("ID", &self.id)
            .quoted_if("CLASS", self.class.as_deref())
            .quoted_if("START-DATE", date(self.start_date).as_deref())
            .list_if("CUE", &self.cue, ',')
            .quoted_if("END-DATE", date(self.end_date).as_deref())
            .bare_if("DURATION", self.duration)
            .bare_if("PLANNED-DURATION", self.planned_duration);
        for (name, value) in &self.client_attributes {
            match value {
                ClientValue::Quoted(text) => tag.quoted(name, text),
                ClientValue::Bare(text) => tag.bare(name, text),
            };
        }
        tag.bare_if("SCTE35-CMD", self.scte35_cmd.as_ref())
            .bare_if("SCTE35-OUT", self.scte35_out.as_ref())
            .bare_if("SCTE35-IN", self.scte35_in.as_ref())
            .yes_if("END-ON-NEXT", self.end_on_next)
            .end();
    }
}

pub(super) fn is_hexadecimal(text: &str) -> bool {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}
