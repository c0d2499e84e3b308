//! What is refused, what is told, and that a patch makes the MPD that it was made for.

mod history;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use springhead_core::WallTime;

use self::history::{Event, events, history};
use super::*;
use crate::dash::arbitrary::mpd;
use crate::dash::*;
use crate::golden;

const HEAD: &str = "<Patch xmlns='urn:mpeg:dash:schema:mpd-patch:2020' mpdId='a' originalPublishTime='2026-11-21T10:00:00Z' \
    publishTime='2026-11-21T10:00:02Z'>";

fn refused(operations: &str) -> DashErrorKind {
    Patch::parse(&format!("{HEAD}{operations}</Patch>")).expect_err(operations).kind
}

#[test]
fn what_is_no_patch_is_refused() {
    use DashErrorKind::*;
    for text in ["", "<MPD/>", "<patch/>"] {
        assert!(matches!(Patch::parse(text).unwrap_err().kind, NotAPatch | NotAnMpd), "{text}");
    }
    let sel = |element| BadAttribute { element, attribute: "sel" };
    let missing = |parent, element| MissingElement { parent, element };
    for (operations, kind) in [
        ("", missing("Patch", "operation")),
        ("<move sel='/MPD'/>", UnknownOperation),
        ("<add><S/></add>", MissingAttribute { element: "add", attribute: "sel" }),
        ("<add sel='//S'><S/></add>", sel("add")),
        ("<add sel='/MPD/@id'>b</add>", sel("add")),
        ("<add sel='/MPD'/>", missing("add", "element")),
        ("<add sel='/MPD' pos='behind'><S/></add>", BadAttribute { element: "add", attribute: "pos" }),
        ("<add sel='/MPD' type='namespace::x'>urn:x</add>", BadAttribute { element: "add", attribute: "type" }),
        ("<add sel='/MPD' type='@1'>x</add>", BadAttribute { element: "add", attribute: "type" }),
        ("<replace sel='/MPD/Period'/>", missing("replace", "element")),
        (
            "<replace sel='/MPD/Period'><Period/><Period/></replace>",
            DuplicateElement { parent: "replace", element: "element" },
        ),
        ("<remove sel='/MPD/Period[last()]'/>", sel("remove")),
    ] {
        assert_eq!(refused(operations), kind, "{operations}");
    }
    assert_eq!(refused(&"<remove sel='/MPD/Period'/>".repeat(MAX_OPERATIONS + 1)), TooManyOperations);
    let text = "<Patch mpdId='a' publishTime='2026-11-21T10:00:02Z'><remove sel='/MPD/Period'/></Patch>";
    let attribute = "originalPublishTime";
    assert_eq!(Patch::parse(text).unwrap_err().kind, MissingAttribute { element: "Patch", attribute });
}

/// What `operations` make of a small MPD.
fn applied(operations: &str) -> Result<Mpd, PatchError> {
    let mpd = "<MPD id='a' publishTime='2026-11-21T10:00:00.000Z' profiles='urn:a' minBufferTime='PT1S'>\
        <Location>l</Location><Period id='1'/><Period id='2'/><Period id='2'/></MPD>";
    let text = format!("{HEAD}<replace sel='/MPD/@publishTime'>2026-11-21T10:00:02Z</replace>{operations}</Patch>");
    Patch::parse(&text).expect(operations).apply_to(mpd)
}

#[test]
fn an_operation_that_does_not_find_one_node_spoils_the_patch() {
    for sel in [
        "/Patch",
        "/MPD[2]",
        "/MPD/Period",
        "/MPD/Period[4]",
        "/MPD/Period[@id='2']",
        "/MPD/Period[@id='3']",
        "/MPD/Period[1]/AdaptationSet",
        "/MPD/Location/S",
    ] {
        let refusal = PatchError::NotLocated { operation: 1, sel: sel.to_owned() };
        for operation in [
            format!("<remove sel=\"{sel}/@id\"/>"),
            format!("<replace sel=\"{sel}/@id\">x</replace>"),
            format!("<replace sel=\"{sel}/text()\">x</replace>"),
            format!("<add sel=\"{sel}\" type='@x'>x</add>"),
            format!("<add sel=\"{sel}\"><S/></add>"),
            format!("<add sel=\"{sel}\" pos='prepend'><S/></add>"),
        ] {
            assert_eq!(applied(&operation), Err(refusal.clone()), "{operation}");
        }
    }
    for operation in ["<remove sel='/MPD/@x'/>", "<replace sel='/MPD/@x'>1</replace>"] {
        assert!(matches!(applied(operation), Err(PatchError::NotLocated { operation: 1, .. })), "{operation}");
    }
}

#[test]
fn the_root_stays_and_stays_alone() {
    for operation in [
        "<remove sel='/MPD'/>",
        "<replace sel='/MPD'><MPD/></replace>",
        "<add sel='/MPD' pos='after'><MPD/></add>",
        "<add sel='/MPD' pos='before'><MPD/></add>",
    ] {
        assert_eq!(applied(operation), Err(PatchError::Root { operation: 1 }), "{operation}");
    }
}

#[test]
fn what_comes_out_has_to_be_an_mpd_of_the_time_that_is_promised() {
    let missing = DashErrorKind::MissingElement { parent: "MPD", element: "Period" };
    let error = applied(&"<remove sel='/MPD/Period[1]'/>".repeat(3)).unwrap_err();
    assert!(matches!(error, PatchError::Mpd(DashError { kind, .. }) if kind == missing));
    let late = "<replace sel='/MPD/@publishTime'>2026-11-21T10:00:04Z</replace>";
    assert_eq!(applied(late), Err(PatchError::NotThere));
}

#[test]
fn a_patch_is_for_one_version_of_one_mpd() {
    let mpds = history(&[Event::Segment(0), Event::Segment(0)]);
    let patch = mpds[0].patch_to(&mpds[1]).unwrap();
    assert_eq!(patch.apply(&mpds[0]), Ok(mpds[1].clone()));
    assert_eq!(patch.apply(&mpds[1]), Err(PatchError::OtherVersion));
    let other = Mpd { id: Some("other".into()), ..mpds[0].clone() };
    assert_eq!(patch.apply(&other), Err(PatchError::OtherMpd));
    assert_eq!(patch.apply(&Mpd { id: None, ..other }), Err(PatchError::OtherMpd));
}

#[test]
fn what_is_added_has_bounds_too() {
    let nest = |depth: usize| "<S>".repeat(depth) + &"</S>".repeat(depth);
    assert!(applied(&format!("<add sel='/MPD/Period[1]'>{}</add>", nest(MAX_DEPTH - 2))).is_ok());
    let (first, path) =
        (format!("<add sel='/MPD/Period[1]'>{}</add>", nest(MAX_DEPTH - 2)), "/S".repeat(MAX_DEPTH - 2));
    let deeper = format!("{first}<add sel='/MPD/Period[1]{path}'><S/></add>");
    assert_eq!(applied(&deeper), Err(PatchError::TooLarge));
    let wide = format!("<add sel='/MPD/Period[1]'>{}</add>", "<S/>".repeat(MAX_ELEMENTS - 4));
    assert_eq!(applied(&wide), Err(PatchError::TooLarge));
}

#[test]
fn every_operation_does_what_it_says() {
    let mpd = applied(
        "<add sel='/MPD' pos='prepend'><BaseURL>0</BaseURL></add><add sel='/MPD/BaseURL[1]' pos='after'><BaseURL>2</BaseURL>\
         <BaseURL>3</BaseURL></add><add sel='/MPD/BaseURL[2]' pos='before'><BaseURL>1</BaseURL></add>\
         <replace sel='/MPD/BaseURL[3]'><BaseURL>two</BaseURL></replace><remove sel='/MPD/BaseURL[4]' ws='after'/>\
         <replace sel='/MPD/Location/text()'>elsewhere</replace><replace sel='/MPD/Period[3]/@id'>3</replace>\
         <add sel=\"/MPD/Period[@id='2']\" type='@start'>PT5S</add><remove sel=\"/MPD/Period[@id='1']/@id\"/>\
         <add sel='/MPD'><UTCTiming schemeIdUri='urn:x'/></add>",
    )
    .unwrap();
    let urls: Vec<_> = mpd.base_urls.iter().map(|url| url.url.as_str()).collect();
    assert_eq!((urls, mpd.locations), (vec!["0", "1", "two"], vec!["elsewhere".to_owned()]));
    let periods: Vec<_> = mpd.periods.iter().map(|period| (period.id.as_deref(), period.start)).collect();
    assert_eq!(periods, [(None, None), (Some("2"), Some(Span::from_secs(5))), (Some("3"), None)]);
    assert_eq!(mpd.utc_timings.len(), 1);
}

#[test]
fn an_mpd_without_the_same_id_or_a_later_time_has_no_patch() {
    let mpds = history(&[Event::Segment(0)]);
    let (old, new) = (&mpds[0], &mpds[1]);
    assert_eq!(old.patch_to(new).unwrap().apply(old).as_ref(), Ok(new));
    assert_eq!(new.patch_to(old), None, "back in time");
    assert_eq!(old.patch_to(old), None, "nothing has changed");
    assert_eq!(old.patch_to(&Mpd { id: Some("other".into()), ..new.clone() }), None);
    assert_eq!(old.patch_to(&Mpd { publish_time: None, ..new.clone() }), None);
    assert_eq!(Mpd { publish_time: None, ..old.clone() }.patch_to(new), None);
    let without = |mpd: &Mpd| Mpd { id: None, ..mpd.clone() };
    assert_eq!(without(old).patch_to(&without(new)), None);
}

#[test]
fn a_step_of_a_live_presentation_is_told_in_few_operations() {
    let mut trimmed: Vec<Event> = [0, 1, 0, -1].map(Event::Segment).to_vec();
    trimmed.extend([Event::Trim(2), Event::Segment(0)]);
    let mpds = history(&trimmed);
    golden::check("live.mpp", &mpds[4].patch_to(&mpds[6]).unwrap().render());
    let told = |mpds: &[Mpd]| mpds[0].patch_to(&mpds[1]).unwrap().operations.len();
    assert_eq!(told(&history(&[Event::Nothing])), 2, "the time and the next PatchLocation");
    assert_eq!(told(&history(&[Event::Segment(0)])), 2 + 3, "a run grows");
    assert_eq!(told(&history(&[Event::Segment(1)])), 2 + 3, "a run begins");
    let gone = history(&[Event::Period, Event::Trim(1)]);
    assert_eq!(told(&gone[1..]), 2 + 1, "the first Period goes");
}

#[test]
fn a_patch_of_more_operations_than_the_limit_is_not_made() {
    let periods =
        |ids: std::ops::Range<u64>| ids.map(|id| Period { id: Some(id.to_string()), ..Period::default() }).collect();
    let at = |second: i64| Some(WallTime(second * 1_000_000_000));
    let old = Mpd { id: Some("a".into()), publish_time: at(0), periods: periods(0..2_000), ..Mpd::default() };
    let new = |first| Mpd { publish_time: at(2), periods: periods(first..2_000), ..old.clone() };
    assert_eq!(old.patch_to(&new(1_023)).unwrap().operations.len(), MAX_OPERATIONS);
    assert_eq!(old.patch_to(&new(1_024)), None);
}

/// What makes another MPD of one, and where.
#[derive(Clone, Debug)]
enum Mutation {
    /// Another MPD's part instead of this one's: the how-manyth part it is.
    Take(u8),
    RemovePeriod(Index),
    InsertPeriod(Index, Index),
    SwapPeriods(Index, Index),
    SetPeriod(Index, Index),
    RemoveSet(Index, Index),
    InsertRepresentation(Index, Index),
    Timeline(Index, Index, Vec<S>),
    StartNumber(Index, Index, Option<u32>),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    use Mutation::*;
    let at = any::<Index>;
    let s = (of_t(), 0u64..3, 0i32..3).prop_map(|(t, d, r)| S { t, d, r, k: None });
    prop_oneof![
        (0u8..10).prop_map(Take),
        at().prop_map(RemovePeriod),
        (at(), at()).prop_map(|(a, b)| InsertPeriod(a, b)),
        (at(), at()).prop_map(|(a, b)| SwapPeriods(a, b)),
        (at(), at()).prop_map(|(a, b)| SetPeriod(a, b)),
        (at(), at()).prop_map(|(a, b)| RemoveSet(a, b)),
        (at(), at()).prop_map(|(a, b)| InsertRepresentation(a, b)),
        (at(), at(), vec(s, 0..5)).prop_map(|(a, b, s)| Timeline(a, b, s)),
        (at(), at(), proptest::option::of(1u32..)).prop_map(|(a, b, n)| StartNumber(a, b, n)),
    ]
}

fn of_t() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of(0u64..8)
}

fn mutate(mpd: &mut Mpd, other: &Mpd, mutation: &Mutation) {
    let theirs = |at: &Index| other.periods[at.index(other.periods.len())].clone();
    let count = mpd.periods.len();
    match mutation {
        Mutation::Take(0) => mpd.base_urls.clone_from(&other.base_urls),
        Mutation::Take(1) => mpd.locations.clone_from(&other.locations),
        Mutation::Take(2) => mpd.patch_locations.clone_from(&other.patch_locations),
        Mutation::Take(3) => mpd.service_descriptions.clone_from(&other.service_descriptions),
        Mutation::Take(4) => mpd.utc_timings.clone_from(&other.utc_timings),
        Mutation::Take(5) => mpd.leap_second_information = other.leap_second_information,
        Mutation::Take(6) => mpd.program_information.clone_from(&other.program_information),
        Mutation::Take(7) => mpd.media_presentation_duration = other.media_presentation_duration,
        Mutation::Take(8) => mpd.minimum_update_period = other.minimum_update_period,
        Mutation::Take(_) => mpd.type_ = other.type_,
        Mutation::RemovePeriod(at) if count > 1 => drop(mpd.periods.remove(at.index(count))),
        Mutation::RemovePeriod(_) => {}
        Mutation::InsertPeriod(at, from) => mpd.periods.insert(at.index(count + 1), theirs(from)),
        Mutation::SwapPeriods(a, b) => mpd.periods.swap(a.index(count), b.index(count)),
        Mutation::SetPeriod(at, from) => mpd.periods[at.index(count)].duration = theirs(from).duration,
        Mutation::RemoveSet(at, set) => {
            let sets = &mut mpd.periods[at.index(count)].adaptation_sets;
            if !sets.is_empty() {
                sets.remove(set.index(sets.len()));
            }
        }
        Mutation::InsertRepresentation(at, from) => {
            let mut one = theirs(from).adaptation_sets.into_iter().flat_map(|set| set.representations);
            if let Some(set) = mpd.periods[at.index(count)].adaptation_sets.last_mut() {
                set.representations.extend(one.next());
            }
        }
        Mutation::Timeline(at, set, s) => {
            let timeline = template(mpd, at, set).and_then(|template| template.timeline.as_mut());
            timeline.into_iter().for_each(|timeline| timeline.s = s.clone().into());
        }
        Mutation::StartNumber(at, set, number) => {
            template(mpd, at, set).into_iter().for_each(|template| template.start_number = number.map(u64::from));
        }
    }
}

fn template<'a>(mpd: &'a mut Mpd, at: &Index, set: &Index) -> Option<&'a mut SegmentTemplate> {
    let count = mpd.periods.len();
    let sets = &mut mpd.periods[at.index(count)].adaptation_sets;
    let place = (!sets.is_empty()).then(|| set.index(sets.len()))?;
    let set = &mut sets[place];
    let own = set.representations.first_mut().and_then(|one| one.segment_template.as_mut());
    own.or(set.segment_template.as_mut())
}

/// An MPD and what became of it: mutations of it, or quite another one.
fn pair() -> impl Strategy<Value = (Mpd, Mpd)> {
    let changes = prop_oneof![9 => vec(mutation(), 0..6).prop_map(Some), 1 => Just(None)];
    (mpd(), mpd(), changes).prop_map(|(old, other, changes)| {
        let old = Mpd { id: Some("a 'b' <c>".into()), publish_time: Some(WallTime(0)), ..old };
        let mut new = if changes.is_some() { old.clone() } else { other.clone() };
        changes.iter().flatten().for_each(|mutation| mutate(&mut new, &other, mutation));
        let new = Mpd { id: old.id.clone(), publish_time: Some(WallTime(2_000_000_000)), ..new };
        (old, new)
    })
}

/// Whether the players that the module's page names can do an operation.
fn is_followed(operation: &Operation) -> Result<(), String> {
    const SEVERAL: &[&str] = &["Period", "AdaptationSet", "Representation", "S"];
    let steps = &operation.sel.steps;
    let (name, root) = (steps.last().unwrap().name.as_str(), steps.len() == 1);
    let in_mpd = steps.len() == 2;
    let followed = match &operation.change {
        Change::ReplaceAttribute { name: attribute, .. } => {
            root || name == "SegmentTemplate" && ["startNumber", "endNumber"].contains(&attribute.as_str())
        }
        Change::AddAttribute { .. } | Change::RemoveAttribute(_) => root,
        Change::Replace(_) | Change::Remove => in_mpd || SEVERAL.contains(&name),
        Change::Add { elements, .. } => in_mpd || root || elements.iter().all(|one| SEVERAL.contains(&one.name())),
        Change::ReplaceText(_) => false,
    };
    let plain = steps.iter().all(|step| match &step.predicate {
        Some(Predicate::Attribute { name, value }) => name == "id" && !value.contains(['/', '[', ']', '\'', '"']),
        _ => true,
    });
    if followed && plain { Ok(()) } else { Err(format!("{operation:?}")) }
}

fn sort_attributes(element: &mut Element) {
    element.attributes.sort();
    element.children.iter_mut().for_each(sort_attributes);
}

fn check(old: &Mpd, new: &Mpd) -> Result<(), TestCaseError> {
    let patch = old.patch_to(new).expect("these have a patch");
    let text = patch.render();
    let read = Patch::parse(&text).map_err(|error| TestCaseError::fail(format!("{error} in {text}")))?;
    prop_assert_eq!(&read, &patch, "a patch goes round");
    prop_assert_eq!(read.apply(old), Ok(new.clone()), "{}", text);
    let (mut changed, mut whole) = (Element::parse(&old.render()).unwrap(), Element::parse(&new.render()).unwrap());
    patch.change(&mut changed).unwrap();
    sort_attributes(&mut changed);
    sort_attributes(&mut whole);
    prop_assert_eq!(changed, whole, "the elements are in the order of the schema too: {}", text);
    for operation in &patch.operations {
        is_followed(operation).map_err(TestCaseError::fail)?;
    }
    Ok(())
}

#[test]
fn every_patch_is_valid_by_the_schema() {
    let mut runner = TestRunner::deterministic();
    let mut patches = Vec::new();
    for _ in 0..100 {
        let (old, new) = pair().new_tree(&mut runner).unwrap().current();
        patches.extend(old.patch_to(&new));
        let mpds = history(&events().new_tree(&mut runner).unwrap().current());
        patches.extend(mpds[0].patch_to(&mpds[mpds.len() - 2]));
    }
    assert!(patches.len() > 150);
    schema::check("DASH-MPD-PATCH.xsd", patches.iter().map(|patch| patch.render()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn a_patch_makes_the_mpd_that_it_was_made_for((old, new) in pair()) {
        check(&old, &new)?;
    }

    #[test]
    fn a_patch_spans_any_stretch_of_a_live_presentation(events in events(), from: Index, to: Index) {
        let mpds = history(&events);
        let from = from.index(mpds.len() - 1);
        let to = from + 1 + to.index(mpds.len() - 1 - from);
        check(&mpds[from], &mpds[to])?;
    }
}

proptest! {
    #[test]
    fn a_patch_cut_or_bent_anywhere_does_not_panic(events in events(), at: Index, byte: u8) {
        let mpds = history(&events);
        let mut bytes = mpds[0].patch_to(mpds.last().unwrap()).unwrap().render().into_bytes();
        let at = at.index(bytes.len());
        crate::fuzz::patch(&bytes[..at]);
        bytes[at] = byte;
        crate::fuzz::patch(&bytes);
    }
}
