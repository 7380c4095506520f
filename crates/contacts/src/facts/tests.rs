use super::*;

#[test]
fn a_clock_tells_times_that_are_ahead_and_remembers_that_there_were_any() {
    let now: Timestamp = "2024-05-01T10:00:00Z".parse().unwrap();
    let ahead: Timestamp = "2024-05-01T10:05:00.001Z".parse().unwrap();
    let clock = Clock::at(Some(now));
    assert_eq!((clock.known(Some(now)), clock.ahead_of()), (Some(now), None));
    assert_eq!((clock.known(Some(ahead)), clock.ahead_of()), (None, Some(now)));
    assert_eq!((clock.known(None), clock.known(Some(now))), (None, Some(now)));
    assert_eq!(clock.ahead_of(), Some(now), "one is enough");
    assert_eq!(Clock::at(None).known(Some(ahead)), Some(ahead));
}
