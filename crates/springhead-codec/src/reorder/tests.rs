use proptest::prelude::*;

use super::*;
use crate::avc::slice::SliceHeader;
use crate::avc::{PictureOrder, Pps, Sps};
use crate::fixtures;

/// What holds of any input.
fn checked(clock: &mut DecodeClock, pictures: &[Picture]) -> Vec<Times> {
    let mut last = i64::MIN;
    let before = clock.nudged();
    let times: Vec<_> = pictures
        .iter()
        .map(|&picture| {
            let times = clock.push(picture);
            assert!(times.dts > last && times.dts <= times.pts, "{last} then {times:?} of {picture:?}");
            assert!(times.pts == picture.pts.clamp(-FARTHEST, FARTHEST) || times.nudged, "{times:?} of {picture:?}");
            assert!(times.pts >= picture.pts || picture.pts > FARTHEST);
            last = times.dts;
            times
        })
        .collect();
    assert_eq!(clock.nudged() - before, times.iter().filter(|times| times.nudged).count() as u64);
    times
}

fn decoded(pictures: &[Picture]) -> Vec<i64> {
    checked(&mut DecodeClock::new(Timescale::MPEG), pictures).into_iter().map(|times| times.dts).collect()
}

/// Pictures of one sequence.
fn sequence(depth: u8, duration: u32, pts: &[i64]) -> Vec<Picture> {
    let picture = |(n, &pts)| Picture { pts, depth, begins_sequence: n == 0, duration, ..Picture::default() };
    pts.iter().enumerate().map(picture).collect()
}

#[test]
fn a_time_that_jumps_back_is_nudged_and_counted() {
    let mut clock = DecodeClock::new(Timescale::MILLIS);
    let mut pictures = sequence(0, 40, &[0, 40, 80, 20, 120]);
    pictures[3].begins_sequence = true;
    let times = checked(&mut clock, &pictures);
    assert_eq!(times[3], Times { dts: 81, pts: 81, nudged: true });
    assert_eq!(times[4], Times { dts: 120, pts: 120, nudged: false });
    assert_eq!(clock.nudged(), 1);
}

#[test]
fn a_depth_that_is_stated_too_small_costs_one_group_and_is_learnt() {
    // I0 P4 b1 b2 b3 P8 b5 b6 b7, and so on, which has the depth 1.
    let group = |n: i64| [4, 1, 2, 3].map(|at| 3600 * (4 * n + at));
    let pts: Vec<_> = std::iter::once(0).chain((0..8).flat_map(group)).collect();
    let mut clock = DecodeClock::new(Timescale::MPEG);
    let times = checked(&mut clock, &sequence(0, 3600, &pts));
    assert_eq!(clock.nudged(), 3, "b1, b2, b3");
    let tail: Vec<_> = times[8..].iter().map(|times| times.dts).collect();
    assert_eq!(tail, (7..7 + tail.len() as i64).map(|n| n * 3600).collect::<Vec<_>>());
}

#[test]
fn a_time_that_contradicts_the_order_teaches_no_depth() {
    let mut pictures = sequence(0, 40, &[0, 40, 80, 60, 120, 160]);
    for (picture, count) in pictures.iter_mut().zip(0..) {
        picture.order = Some(Order { count, per_picture: 1 });
    }
    assert_eq!(decoded(&pictures), [0, 40, 80, 81, 120, 160]);
    pictures.iter_mut().for_each(|picture| picture.order = None);
    assert_eq!(decoded(&pictures), [0, 40, 80, 81, 82, 120], "it might be reordering");
}

#[test]
fn a_first_picture_is_decoded_early_for_leading_pictures_and_a_later_one_is_not() {
    let led = |pts: &[i64]| {
        let mut pictures = sequence(2, 3600, pts);
        pictures[0].leading_follow = true;
        pictures
    };
    // Three leading pictures are reckoned with: I3 L1 L0 L2 P4.
    let mut pictures = led(&[10_800, 3600, 0, 7200, 14_400]);
    assert_eq!(decoded(&pictures), [-7200, -3600, 0, 3600, 7200]);
    let deeper = sequence(3, 3600, &[18_000, 32_400, 25_200, 21_600, 28_800]);
    pictures.extend(deeper.into_iter().map(|picture| Picture { leading_follow: picture.begins_sequence, ..picture }));
    assert_eq!(decoded(&pictures)[5..], [9000, 10_800, 14_400, 18_000, 21_600]);
}

#[test]
fn two_pictures_of_one_time_are_told_apart_and_counted() {
    let mut clock = DecodeClock::new(Timescale::MPEG);
    let times = checked(&mut clock, &sequence(1, 3600, &[0, 3600, 3600, 7200, 10_800]));
    assert_eq!(times.iter().map(|times| times.dts).collect::<Vec<_>>(), [-3600, 0, 3600, 3601, 7200]);
    assert_eq!(clock.nudged(), 1);
}

#[test]
fn a_time_far_ahead_does_not_outlast_its_sequence() {
    let mut pictures = sequence(1, 40, &[0, 80, 40, 1 << 40, 120, 200, 160]);
    pictures.extend(sequence(1, 40, &[240, 320, 280, 400, 360]));
    let mut clock = DecodeClock::new(Timescale::MILLIS);
    let times = checked(&mut clock, &pictures);
    assert_eq!(times[9..].iter().map(|times| times.dts).collect::<Vec<_>>(), [280, 320, 360]);
    assert!(times[7..].iter().all(|times| !times.nudged));
}

#[test]
fn the_farthest_times_do_not_overflow() {
    for depth in [0, 1, 16, u8::MAX] {
        let pts = [i64::MIN, i64::MAX, i64::MAX, i64::MIN, 0, i64::MAX - 1, i64::MIN + 1, 1, 2];
        decoded(&sequence(depth, u32::MAX, &pts));
        let order = |n: usize| Order { count: [i32::MIN, i32::MAX, 0][n % 3], per_picture: u8::MAX };
        let mut pictures = sequence(depth, 0, &pts);
        pictures.iter_mut().enumerate().for_each(|(n, picture)| picture.order = Some(order(n)));
        decoded(&pictures);
    }
}

#[test]
fn decode_times_are_those_of_ffmpeg_where_it_has_them_from_x264() {
    for stream in fixtures::timed_streams() {
        let (sps, pps) = (Sps::parse(&stream.sps).unwrap(), Pps::parse(&stream.pps).unwrap());
        let rate = sps.frame_rate().map_or(0, |rate| stream.timescale * rate.den / rate.num);
        let mut order = PictureOrder::new();
        let slices: Vec<_> =
            stream.pictures.iter().map(|(_, _, nal)| SliceHeader::parse(nal, &sps, &pps).unwrap()).collect();
        let orders: Vec<_> = slices.iter().map(|slice| order.push(&sps, slice)).collect();
        let depth = sps.reorder_depth() as u8;
        let wanted: Vec<_> = stream.pictures.iter().map(|(_, dts, _)| *dts).collect();
        for (known_order, duration) in [(true, rate), (true, 0), (false, rate), (false, 0)] {
            let of = |(n, (pts, _, _)): (usize, &(i64, i64, Vec<u8>))| Picture {
                pts: *pts,
                depth,
                begins_sequence: slices[n].idr,
                order: known_order.then_some(orders[n]),
                duration,
                ..Picture::default()
            };
            let pictures: Vec<_> = stream.pictures.iter().enumerate().map(of).collect();
            let timescale = Timescale::new(stream.timescale).unwrap();
            let mut clock = DecodeClock::new(timescale);
            let found: Vec<_> = checked(&mut clock, &pictures).into_iter().map(|times| times.dts).collect();
            assert_eq!(clock.nudged(), 0, "{}", stream.name);
            // x264 spaces the first ones of a varying rate by presentation times that are still to come.
            let exact_from = if stream.name == "varying" { usize::from(depth) } else { 0 };
            assert_eq!(found[exact_from..], wanted[exact_from..], "{}", stream.name);
        }
    }
}

#[test]
fn decode_times_are_those_of_ffmpeg_where_it_has_them_from_x265_and_vvenc() {
    for fixtures::DeepStream { name, depth, pictures } in fixtures::deep_streams() {
        for duration in [512, 0] {
            let of = |(n, (pts, _, begins_sequence)): (usize, &(i64, i64, bool))| Picture {
                pts: *pts,
                depth,
                begins_sequence: *begins_sequence,
                // vvenc begins with a picture that is shown after its leading pictures.
                leading_follow: n == 0 && pictures[0].0 > 0,
                duration,
                order: None,
            };
            let given: Vec<_> = pictures.iter().enumerate().map(of).collect();
            let mut clock = DecodeClock::new(Timescale::new(12_800).unwrap());
            let found: Vec<_> = checked(&mut clock, &given).into_iter().map(|times| times.dts).collect();
            assert_eq!(clock.nudged(), 0, "{name}");
            let wanted: Vec<_> = pictures.iter().map(|(_, dts, _)| *dts).collect();
            let led = usize::from(depth) * usize::from(given[0].leading_follow);
            assert_eq!(found[led..], wanted[led..], "{name}");
            // 31 pictures are reckoned with, and 23 are there.
            assert!((0..led).all(|n| found[n] == wanted[n] - 8 * 512), "{name}: {:?}", &found[..led]);
        }
    }
}

#[test]
fn the_orders_tell_the_duration_from_the_second_picture_on() {
    // Fifty pictures a second, depth 2: I0 P4 B2 b1 b3, whose decode times would be -3600, -1800, 0, ...
    let pts = [0, 4, 2, 1, 3, 8].map(|at| at * 1800);
    let mut pictures = sequence(2, 0, &pts);
    assert_eq!(decoded(&pictures), [-7200, -3600, 0, 1800, 3600, 5400], "by the guess of 25 a second");
    for (picture, count) in pictures.iter_mut().zip([0, 8, 4, 2, 6, 16]) {
        picture.order = Some(Order { count, per_picture: 2 });
    }
    assert_eq!(decoded(&pictures), [-7200, -1800, 0, 1800, 3600, 5400]);
}

#[test]
fn a_depth_that_changes_with_a_sequence_is_in_force_from_there() {
    let mut pictures = sequence(0, 3600, &[0, 3600]);
    pictures.extend(sequence(2, 3600, &[7200, 21_600, 14_400, 10_800, 18_000]));
    pictures.extend(sequence(1, 3600, &[25_200, 32_400, 28_800]));
    assert_eq!(decoded(&pictures), [0, 3600, 4800, 6000, 7200, 10_800, 14_400, 21_600, 25_200, 28_800]);
}

#[test]
fn a_group_that_ends_before_its_depth_is_filled_goes_on_into_the_next() {
    let mut pictures = sequence(3, 3600, &[0]);
    pictures.extend(sequence(3, 3600, &[3600, 10_800, 7200]));
    pictures.extend(sequence(3, 3600, &[14_400, 18_000]));
    assert_eq!(decoded(&pictures), [-10_800, -7200, -3600, 0, 3600, 7200]);
}

/// A group of pictures as an encoder makes it: which are shown before which.
#[derive(Clone, Debug)]
struct Group {
    /// How many pictures lie between two that are coded in display order.
    between: Vec<u8>,
    /// Whether those are coded by halves, as a pyramid, rather than one after the other.
    pyramid: bool,
}

impl Group {
    /// Places in display order, in decoding order, the first being 0.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0];
        let mut from = 0;
        for &between in &self.between {
            let to = from + usize::from(between) + 1;
            places.push(to);
            if self.pyramid {
                halves(from + 1, to, &mut places);
            } else {
                places.extend(from + 1..to);
            }
            from = to;
        }
        places
    }
}

fn halves(from: usize, to: usize, places: &mut Vec<usize>) {
    if from < to {
        let middle = from + (to - from) / 2;
        places.push(middle);
        halves(from, middle, places);
        halves(middle + 1, to, places);
    }
}

/// The most pictures that precede one in decoding order and follow it in output order.
fn depth_of(pts: &[i64]) -> u8 {
    let before = |n: usize| pts[..n].iter().filter(|&&other| other > pts[n]).count();
    (0..pts.len()).map(before).max().unwrap_or(0) as u8
}

fn groups() -> impl Strategy<Value = Vec<Group>> {
    let group = (prop::collection::vec(0u8..16, 0..5), any::<bool>());
    prop::collection::vec(group.prop_map(|(between, pyramid)| Group { between, pyramid }), 1..6)
}

/// The pictures of groups, each after the one before, lasting what `lasts` says by place; with the depth of each group.
fn coded(groups: &[Group], lasts: impl Fn(usize) -> i64) -> Vec<Picture> {
    let mut shown = 0;
    let (mut pictures, mut at) = (Vec::new(), 0);
    for group in groups {
        let places = group.places();
        let starts: Vec<_> = (0..places.len())
            .map(|_| {
                at += lasts(shown);
                shown += 1;
                at
            })
            .collect();
        let pts: Vec<_> = places.iter().map(|&place| starts[place]).collect();
        let mut sequence = sequence(depth_of(&pts), 0, &pts);
        for (picture, place) in sequence.iter_mut().zip(places) {
            picture.order = Some(Order { count: place as i32, per_picture: 1 });
        }
        pictures.extend(sequence);
    }
    pictures
}

/// Every picture from the depth on is decoded when the one that is so far behind in output order is shown.
fn assert_plain(pictures: &[Picture], depth: usize) -> Result<(), TestCaseError> {
    let found = decoded(pictures);
    let mut shown: Vec<_> = pictures.iter().map(|picture| picture.pts).collect();
    shown.sort_unstable();
    let tail = &found[depth.min(found.len())..];
    prop_assert_eq!(tail, &shown[..tail.len()]);
    prop_assert!(found.iter().take(depth).all(|&dts| dts < shown[0]));
    Ok(())
}

fn nudged(pictures: &[Picture]) -> u64 {
    let mut clock = DecodeClock::new(Timescale::MPEG);
    checked(&mut clock, pictures);
    clock.nudged()
}

proptest! {
    #[test]
    fn any_pictures_have_decode_times_that_rise_and_are_not_after_their_presentation(
        pictures in prop::collection::vec((
            prop_oneof![-40i64..40, any::<i64>()],
            any::<u8>(),
            any::<bool>(),
            prop::option::of((any::<i32>(), any::<u8>())),
            prop_oneof![0u32..4, any::<u32>()],
        ), 0..60),
    ) {
        let picture = |(pts, depth, begins_sequence, order, duration): (_, _, _, Option<(i32, u8)>, _)| Picture {
            pts,
            depth: depth % 20,
            begins_sequence,
            leading_follow: depth >= 128,
            order: order.map(|(count, per_picture)| Order { count, per_picture }),
            duration,
        };
        decoded(&pictures.into_iter().map(picture).collect::<Vec<_>>());
    }

    #[test]
    fn a_model_encoders_pictures_are_decoded_one_depth_before_they_are_shown(
        groups in groups(),
        lasts in prop::collection::vec(20i64..9000, 1..40),
        known_order in any::<bool>(),
    ) {
        let mut pictures = coded(&groups, |n| lasts[n % lasts.len()]);
        let depth = pictures.iter().map(|picture| picture.depth).max().unwrap_or(0);
        for picture in &mut pictures {
            picture.depth = depth;
            picture.order = picture.order.filter(|_| known_order);
        }
        assert_plain(&pictures, depth.into())?;
        prop_assert_eq!(nudged(&pictures), 0);
    }

    #[test]
    fn pictures_that_are_lost_nudge_none_of_the_others(
        groups in groups(),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut pictures = coded(&groups, |_| 3600);
        let depth = pictures.iter().map(|picture| picture.depth).max().unwrap_or(0);
        pictures.iter_mut().for_each(|picture| picture.depth = depth);
        for which in lost {
            // Not the first: reading begins where decoding can.
            if pictures.len() > 1 {
                pictures.remove(1 + which.index(pictures.len() - 1));
            }
        }
        assert_plain(&pictures, depth.into())?;
        prop_assert_eq!(nudged(&pictures), 0);
    }

    #[test]
    fn jitter_below_the_distance_of_pictures_nudges_none(
        groups in groups(),
        jitter in prop::collection::vec(-1700i64..1700, 1..40),
    ) {
        let mut pictures = coded(&groups, |_| 3600);
        let depth = pictures.iter().map(|picture| picture.depth).max().unwrap_or(0);
        for (n, picture) in pictures.iter_mut().enumerate() {
            picture.depth = depth;
            picture.pts += jitter[n % jitter.len()];
        }
        assert_plain(&pictures, depth.into())?;
        prop_assert_eq!(nudged(&pictures), 0);
    }

    #[test]
    fn depths_that_each_sequence_states_for_itself_nudge_none(groups in groups()) {
        let pictures = coded(&groups, |_| 3600);
        prop_assert_eq!(nudged(&pictures), 0);
    }

    #[test]
    fn with_the_orders_known_the_second_time_is_exact_at_any_rate(between in 0u8..16, lasts in 20i64..3600) {
        let group = Group { between: vec![between, between], pyramid: true };
        let pictures = coded(&[group], |_| lasts);
        let depth = i64::from(pictures[0].depth);
        let found = decoded(&pictures);
        for (n, dts) in found.iter().enumerate().skip(1) {
            prop_assert_eq!(*dts, pictures[0].pts + (n as i64 - depth) * lasts);
        }
    }
}
