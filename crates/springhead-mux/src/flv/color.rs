//! The colour of pictures, as video metadata says it.

use bytes::{Bytes, BytesMut};
use springhead_core::{Cicp, ContentLight, MasteringDisplay};

use super::amf0::{self, Amf0Error, Amf0Limits, Value};

/// What a `colorInfo` object of Enhanced RTMP says ("Metadata Frame"): of the pictures that follow it, until the next one.
/// Where all fields are none, what was said before holds no longer.
///
/// ```
/// use springhead_core::{Cicp, ContentLight};
/// use springhead_mux::flv::ColorInfo;
/// let hdr = ColorInfo {
///     bit_depth: Some(10),
///     cicp: Some(Cicp { primaries: 9, transfer: Cicp::PQ, matrix: 9, full_range: false }),
///     content_light: Some(ContentLight { max_content: 1000, max_picture_average: 400 }),
///     mastering_display: None,
/// };
/// assert_eq!(ColorInfo::parse(&hdr.to_bytes(), Default::default())?, Some(hdr));
/// # Ok::<(), springhead_mux::flv::amf0::Amf0Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct ColorInfo {
    /// Bits of a sample.
    pub bit_depth: Option<u8>,
    /// What the sample values mean. Whether the range is full is not said, and read as false.
    pub cicp: Option<Cicp>,
    /// How bright the pictures get.
    pub content_light: Option<ContentLight>,
    /// The display on which they were graded.
    pub mastering_display: Option<MasteringDisplay>,
}

/// What code points are where only some of the three are there (ISO/IEC 23091-2: unspecified).
const UNSPECIFIED: u8 = 2;
/// Units of chromaticity in one.
const CHROMATICITY: f64 = 50_000.0;
/// Units of chromaticity in the fourth decimal place, to which the specification has it written.
const FOURTH_PLACE: f64 = 5.0;
/// Units of luminance in a candela per square metre.
const LUMINANCE: f64 = 10_000.0;

/// Names of x and y, in the order of [`MasteringDisplay::primaries`].
const PRIMARIES: [(&str, &str); 3] = [("greenX", "greenY"), ("blueX", "blueY"), ("redX", "redY")];

impl ColorInfo {
    /// Reads the content of a metadata packet; none when it has no `colorInfo`.
    ///
    /// Numbers that are not in their range are as if they were not there. Of the mastering display, that takes all of it
    /// away; of light levels and code points, only that one.
    ///
    /// # Errors
    /// Those of [`amf0::read`]: the packet cannot be read, and what was said before still holds.
    pub fn parse(metadata: &[u8], limits: Amf0Limits) -> Result<Option<Self>, Amf0Error> {
        let values = amf0::read(metadata, limits)?;
        let info = values.iter().zip(values.iter().skip(1)).find(|(name, _)| name.as_str() == Some("colorInfo"));
        Ok(info.map(|(_, info)| Self::from_value(info)))
    }

    fn from_value(info: &Value) -> Self {
        let config = info.get("colorConfig");
        let code = |name| config.and_then(|config| whole(config, name)).and_then(|code| u8::try_from(code).ok());
        let codes = ["colorPrimaries", "transferCharacteristics", "matrixCoefficients"].map(code);
        let [primaries, transfer, matrix] = codes.map(|code| code.unwrap_or(UNSPECIFIED));
        let is_said = codes.iter().any(Option::is_some);
        Self {
            bit_depth: code("bitDepth"),
            cicp: is_said.then_some(Cicp { primaries, transfer, matrix, full_range: false }),
            content_light: info.get("hdrCll").and_then(content_light),
            mastering_display: info.get("hdrMdcv").and_then(mastering_display),
        }
    }

    /// The content of a metadata packet that says this; that the range is full is left out. Chromaticities are rounded to
    /// four decimal places, which those of the usual primaries have.
    pub fn to_bytes(&self) -> Bytes {
        let mut config = Vec::new();
        if let Some(depth) = self.bit_depth {
            config.push(("bitDepth", Value::from(u32::from(depth))));
        }
        if let Some(cicp) = self.cicp {
            config.push(("colorPrimaries", Value::from(u32::from(cicp.primaries))));
            config.push(("transferCharacteristics", Value::from(u32::from(cicp.transfer))));
            config.push(("matrixCoefficients", Value::from(u32::from(cicp.matrix))));
        }
        let mut info = Vec::new();
        if !config.is_empty() {
            info.push(("colorConfig", Value::object(config)));
        }
        if let Some(light) = self.content_light {
            let levels = [("maxFall", light.max_picture_average), ("maxCLL", light.max_content)];
            let said = levels.into_iter().filter(|(_, level)| *level != 0);
            info.push(("hdrCll", Value::object(said.map(|(name, level)| (name, Value::from(u32::from(level)))))));
        }
        if let Some(display) = self.mastering_display {
            let place = |units: u16| Value::Number((f64::from(units) / FOURTH_PLACE).round() / LUMINANCE);
            let points = PRIMARIES.into_iter().zip(display.primaries);
            let points = points.chain([(("whitePointX", "whitePointY"), display.white)]);
            let mut properties: Vec<_> =
                points.flat_map(|((x, y), (at_x, at_y))| [(x, place(at_x)), (y, place(at_y))]).collect();
            properties.push(("maxLuminance", Value::Number(f64::from(display.max_luminance) / LUMINANCE)));
            properties.push(("minLuminance", Value::Number(f64::from(display.min_luminance) / LUMINANCE)));
            info.push(("hdrMdcv", Value::object(properties)));
        }
        let info = if info.is_empty() { Value::Undefined } else { Value::object(info) };
        let mut bytes = BytesMut::new();
        amf0::write(&Value::from("colorInfo"), &mut bytes);
        amf0::write(&info, &mut bytes);
        bytes.freeze()
    }
}

fn number(object: &Value, name: &str) -> Option<f64> {
    match object.get(name) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    }
}

/// A number that has to be a whole one.
fn whole(object: &Value, name: &str) -> Option<u32> {
    number(object, name).filter(|number| number.fract() == 0.0 && *number >= 0.0).and_then(in_u32)
}

/// The number, when it is one of `u32`. NaN is not.
fn in_u32(number: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX)).contains(&number).then_some(number as u32)
}

fn content_light(levels: &Value) -> Option<ContentLight> {
    let level = |name| {
        let level = number(levels, name).filter(|level| *level > 0.0)?;
        // What is darker than half a candela is still said: zero would say nothing.
        in_u32(level.round().max(1.0)).and_then(|level| u16::try_from(level).ok())
    };
    let (max_content, max_picture_average) = (level("maxCLL"), level("maxFall"));
    max_content.or(max_picture_average)?;
    Some(ContentLight { max_content: max_content.unwrap_or(0), max_picture_average: max_picture_average.unwrap_or(0) })
}

fn mastering_display(display: &Value) -> Option<MasteringDisplay> {
    let place = |name| {
        let place = number(display, name).filter(|place| (0.0..=1.0).contains(place))?;
        Some((place * CHROMATICITY).round() as u16)
    };
    let point = |(x, y)| Some((place(x)?, place(y)?));
    let luminance = |name| number(display, name).and_then(|luminance| in_u32((luminance * LUMINANCE).round()));
    let [green, blue, red] = PRIMARIES.map(point);
    Some(MasteringDisplay {
        primaries: [green?, blue?, red?],
        white: point(("whitePointX", "whitePointY"))?,
        max_luminance: luminance("maxLuminance")?,
        min_luminance: luminance("minLuminance")?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(info: Value) -> Option<ColorInfo> {
        let mut bytes = BytesMut::new();
        amf0::write(&Value::from("colorInfo"), &mut bytes);
        amf0::write(&info, &mut bytes);
        ColorInfo::parse(&bytes, Amf0Limits::default()).unwrap()
    }

    /// BT.2020 with white of D65, 0.0001 to 1000 candela per square metre.
    const DISPLAY: MasteringDisplay = MasteringDisplay {
        primaries: [(8500, 39850), (6550, 2300), (35400, 14600)],
        white: (15635, 16450),
        max_luminance: 10_000_000,
        min_luminance: 1,
    };

    #[test]
    fn what_is_no_colour_is_none_and_what_cannot_be_read_is_refused() {
        let limits = Amf0Limits::default();
        assert_eq!(ColorInfo::parse(b"", limits), Ok(None));
        assert_eq!(ColorInfo::parse(b"\x02\0\x05other\x05", limits), Ok(None));
        assert_eq!(ColorInfo::parse(b"\x02\0\x09colorInfo", limits), Ok(None));
        assert_eq!(ColorInfo::parse(b"\x02\0\x09color", limits), Err(Amf0Error::Truncated { at: 3 }));
    }

    #[test]
    fn undefined_and_an_empty_object_take_back_what_was_said() {
        assert_eq!(parse(Value::Undefined), Some(ColorInfo::default()));
        assert_eq!(parse(Value::Object(Vec::new())), Some(ColorInfo::default()));
        assert_eq!(ColorInfo::default().to_bytes(), &b"\x02\0\x09colorInfo\x06"[..]);
    }

    #[test]
    fn numbers_outside_their_range_are_as_if_not_there() {
        let config = [
            ("bitDepth", Value::Number(10.5)),
            ("colorPrimaries", Value::Number(256.0)),
            ("transferCharacteristics", Value::Number(f64::NAN)),
            ("matrixCoefficients", Value::Number(9.0)),
        ];
        let light = [("maxFall", Value::Number(-1.0)), ("maxCLL", Value::Number(70_000.0))];
        let read = parse(Value::object([("colorConfig", Value::object(config)), ("hdrCll", Value::object(light))]));
        let cicp = Cicp { primaries: 2, transfer: 2, matrix: 9, full_range: false };
        assert_eq!(read, Some(ColorInfo { cicp: Some(cicp), ..ColorInfo::default() }));
    }

    #[test]
    fn a_mastering_display_is_there_whole_or_not_at_all() {
        let whole = ColorInfo { mastering_display: Some(DISPLAY), ..ColorInfo::default() };
        let values = amf0::read(&whole.to_bytes(), Amf0Limits::default()).unwrap();
        let Some(Value::Object(display)) = values[1].get("hdrMdcv") else { panic!("{values:?}") };
        assert_eq!(display[0], ("greenX".into(), Value::Number(0.17)));
        assert_eq!(display[5], ("redY".into(), Value::Number(0.292)));
        assert_eq!(display[6], ("whitePointX".into(), Value::Number(0.3127)));
        assert_eq!(display[9], ("minLuminance".into(), Value::Number(0.0001)));
        for at in 0..10 {
            for wrong in [None, Some(-0.1), Some(f64::INFINITY), Some(500_000.0)] {
                let mut display = display.clone();
                match wrong {
                    None => _ = display.remove(at),
                    Some(wrong) => display[at].1 = Value::Number(wrong),
                }
                let read = parse(Value::object([("hdrMdcv", Value::Object(display))]));
                assert_eq!(read, Some(ColorInfo::default()), "property {at} is {wrong:?}");
            }
        }
    }

    #[test]
    fn light_is_rounded_and_never_to_nothing() {
        let light = |max_fall: f64, max_cll: f64| {
            let levels = [("maxFall", Value::Number(max_fall)), ("maxCLL", Value::Number(max_cll))];
            let read = parse(Value::object([("hdrCll", Value::object(levels))])).unwrap();
            read.content_light.map(|light| (light.max_picture_average, light.max_content))
        };
        assert_eq!(light(0.0001, 999.5), Some((1, 1000)));
        assert_eq!(light(0.0, 400.4), Some((0, 400)));
        assert_eq!(light(0.0, f64::NAN), None);
    }

    fn point() -> impl Strategy<Value = (u16, u16)> {
        // The four decimal places that are written.
        (0u16..=10_000, 0u16..=10_000).prop_map(|(x, y)| (x * 5, y * 5))
    }

    prop_compose! {
        fn color_info()(
            bit_depth in prop::option::of(any::<u8>()),
            cicp in prop::option::of(any::<(u8, u8, u8)>()),
            light in prop::option::of((0u16.., 1u16..)),
            points in prop::option::of([point(), point(), point(), point()]),
            max_luminance: u32,
            min_luminance: u32,
        ) -> ColorInfo {
            ColorInfo {
                bit_depth,
                cicp: cicp.map(|(primaries, transfer, matrix)| Cicp { primaries, transfer, matrix, full_range: false }),
                content_light: light.map(|(max_content, max_picture_average)| {
                    ContentLight { max_content, max_picture_average }
                }),
                mastering_display: points.map(|[green, blue, red, white]| {
                    MasteringDisplay { primaries: [green, blue, red], white, max_luminance, min_luminance }
                }),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(info in color_info()) {
            prop_assert_eq!(ColorInfo::parse(&info.to_bytes(), Amf0Limits::default()), Ok(Some(info)));
        }

        #[test]
        fn finer_chromaticities_are_read_back_within_half_a_decimal_place(x in 0u16..=50_000, y in 0u16..=50_000) {
            let display = MasteringDisplay { white: (x, y), ..DISPLAY };
            let info = ColorInfo { mastering_display: Some(display), ..ColorInfo::default() };
            let read = ColorInfo::parse(&info.to_bytes(), Amf0Limits::default()).unwrap().unwrap();
            let white = read.mastering_display.unwrap().white;
            prop_assert!(white.0.abs_diff(x) <= 2 && white.1.abs_diff(y) <= 2, "{white:?}");
        }
    }
}
