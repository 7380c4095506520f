use proptest::prelude::*;

use super::*;

const LENGTHS: [IntervalLength; 5] = [
    IntervalLength::Five,
    IntervalLength::Ten,
    IntervalLength::Fifteen,
    IntervalLength::Thirty,
    IntervalLength::Sixty,
];

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// The intervals of a local day, as their local starts and lengths in minutes.
fn day(name: &str, date: &str, interval: IntervalLength) -> Vec<(String, i64)> {
    let time_zone = zone(name);
    let grid = IntervalGrid::new(interval, &time_zone);
    let midnight = date.parse::<jiff::civil::Date>().unwrap().to_zoned(time_zone.clone()).unwrap();
    let next = midnight.tomorrow().unwrap();
    let day = Period::new(midnight.timestamp(), next.timestamp()).unwrap();
    grid.split(day)
        .map(|(interval, secs)| {
            let length = interval.end().as_second() - interval.start().as_second();
            assert_eq!(i64::try_from(secs), Ok(length), "a day has whole intervals only");
            (interval.start().to_zoned(time_zone.clone()).strftime("%H:%M%:z").to_string(), length / 60)
        })
        .collect()
}

#[test]
fn the_hour_that_comes_twice_has_its_own_intervals() {
    let intervals = day("Europe/Stockholm", "2024-10-27", IntervalLength::Fifteen);
    assert_eq!(intervals.len(), 100);
    let starts: Vec<_> = intervals[8..16].iter().map(|(start, _)| start.as_str()).collect();
    assert_eq!(
        starts,
        [
            "02:00+02:00",
            "02:15+02:00",
            "02:30+02:00",
            "02:45+02:00",
            "02:00+01:00",
            "02:15+01:00",
            "02:30+01:00",
            "02:45+01:00"
        ]
    );
    assert!(intervals.iter().all(|(_, minutes)| *minutes == 15));
}

#[test]
fn the_hour_that_is_left_out_has_none() {
    let intervals = day("Europe/Stockholm", "2024-03-31", IntervalLength::Thirty);
    assert_eq!(intervals.len(), 46);
    assert_eq!(intervals[3..5], [("01:30+01:00".to_owned(), 30), ("03:00+02:00".to_owned(), 30)]);
}

#[test]
fn an_interval_ends_where_the_clock_moves_by_half_an_hour() {
    let back = day("Australia/Lord_Howe", "2024-04-07", IntervalLength::Sixty);
    assert_eq!(
        back[..4],
        [("00:00+11:00", 60), ("01:00+11:00", 60), ("01:30+10:30", 30), ("02:00+10:30", 60)]
            .map(|(start, minutes)| (start.to_owned(), minutes))
    );
    let forth = day("Australia/Lord_Howe", "2024-10-06", IntervalLength::Sixty);
    assert_eq!(
        forth[1..4],
        [("01:00+10:30", 60), ("02:30+11:00", 30), ("03:00+11:00", 60)]
            .map(|(start, minutes)| (start.to_owned(), minutes))
    );
}

#[test]
fn an_interval_ends_where_the_clock_moves_within_it() {
    // Until 2011 Newfoundland changed its clocks at one minute past midnight.
    let time_zone = zone("America/St_Johns");
    let grid = IntervalGrid::new(IntervalLength::Sixty, &time_zone);
    let ends = |at: &str| {
        let interval = grid.interval_of(at.parse().unwrap());
        [interval.start(), interval.end()]
            .map(|end| end.to_zoned(time_zone.clone()).strftime("%H:%M%:z").to_string())
    };
    assert_eq!(ends("2006-10-29T02:30:30Z"), ["00:00-02:30", "23:01-03:30"]);
    assert_eq!(ends("2006-10-29T02:31:00Z"), ["23:01-03:30", "00:00-03:30"]);
    assert_eq!(ends("2006-04-02T03:30:30Z"), ["00:00-03:30", "01:01-02:30"]);
    assert_eq!(ends("2006-04-02T03:31:00Z"), ["01:01-02:30", "02:00-02:30"]);
}

#[test]
fn intervals_are_on_the_local_clock() {
    let time_zone = zone("Asia/Kathmandu");
    let hour = IntervalGrid::new(IntervalLength::Sixty, &time_zone)
        .interval_of("2024-05-01T10:14:59Z".parse().unwrap());
    assert_eq!(hour.start(), "2024-05-01T09:15:00Z".parse().unwrap());
    assert_eq!(hour.end(), "2024-05-01T10:15:00Z".parse().unwrap());
}

#[test]
fn a_period_is_neither_empty_nor_longer_than_a_day() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let start = at("2024-05-01T10:00:00Z");
    assert_eq!(Period::new(start, start), None);
    assert_eq!(Period::new(start, at("2024-05-01T10:00:00.9Z")), None);
    assert_eq!(Period::new(start, at("2024-05-01T09:00:00Z")), None);
    assert!(Period::new(start, at("2024-05-02T11:00:00Z")).is_some());
    assert_eq!(Period::new(start, at("2024-05-02T11:00:01Z")), None);
    assert_eq!(Period::new(Timestamp::MIN, Timestamp::MAX), None);
}

#[test]
fn lengths_are_named_by_minutes() {
    assert_eq!([5, 10, 15, 30, 60].map(IntervalLength::from_minutes), LENGTHS.map(Some));
    assert_eq!([0, 1, 20, 45, 120].map(IntervalLength::from_minutes), [None; 5]);
}

#[test]
fn the_ends_of_the_calendar_are_no_trap() {
    for name in ["UTC", "Asia/Kathmandu", "Pacific/Auckland"] {
        let time_zone = zone(name);
        let grid = IntervalGrid::new(IntervalLength::Sixty, &time_zone);
        for at in [Timestamp::MIN, Timestamp::MAX] {
            let interval = grid.interval_of(at);
            assert!(interval.start() <= at && interval.start() < interval.end());
        }
        let last =
            Period::new(Timestamp::from_second(Timestamp::MAX.as_second() - 9).unwrap(), Timestamp::MAX);
        assert_eq!(grid.split(last.unwrap()).map(|(_, secs)| secs).sum::<u64>(), 9);
    }
}

proptest! {
    #[test]
    fn intervals_tile_time_and_hold_no_clock_change(
        name in prop::sample::select(vec![
            "Europe/Stockholm", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Africa/Casablanca",
            "Pacific/Apia", "America/St_Johns",
        ]),
        length in prop::sample::select(LENGTHS.to_vec()),
        // From 2000 to 2035, half of them around the changes of clocks.
        second in 946_684_800..2_051_222_400_i64,
        nanosecond in 0..1_000_000_000,
        near_change in any::<bool>(),
    ) {
        let time_zone = zone(name);
        let grid = IntervalGrid::new(length, &time_zone);
        let mut at = Timestamp::new(second, nanosecond).unwrap();
        if near_change && let Some(change) = time_zone.following(at).next() {
            at = Timestamp::new(change.timestamp().as_second() + second % 7200 - 3600, nanosecond).unwrap();
        }
        let interval = grid.interval_of(at);
        prop_assert!(interval.start() <= at && at < interval.end());
        prop_assert_eq!(grid.interval_of(interval.start()), interval);
        prop_assert_eq!(grid.interval_of(at_second(interval.end().as_second() - 1)), interval);
        prop_assert_eq!(grid.interval_of(interval.end()).start(), interval.end());
        let (start, end) = (interval.start().as_second(), interval.end().as_second());
        prop_assert!(end - start <= length.minutes() * 60);
        let offset = |at| time_zone.to_offset(at);
        prop_assert_eq!(offset(interval.start()), offset(at_second(end - 1)));
        let local = start + i64::from(offset(interval.start()).seconds());
        let changes_at_start = offset(at_second(start - 1)) != offset(interval.start());
        prop_assert!(local % (length.minutes() * 60) == 0 || changes_at_start);
        let changes_at_end = offset(at_second(end - 1)) != offset(interval.end());
        prop_assert!(end - start == length.minutes() * 60 || changes_at_start || changes_at_end);
    }
}
