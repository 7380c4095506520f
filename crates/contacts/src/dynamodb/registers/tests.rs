use proptest::prelude::*;

use super::*;
use crate::version::{EventStamp, Finality, Source, Stage};

fn version((second, order): (i64, u128)) -> Version {
    let at = Timestamp::from_second(second).unwrap();
    let stamp = EventStamp { at, stage: Stage::Any, source: Source::FlowLog, order, tie_breaker: 7 };
    stamp.version(Finality::Provisional)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,40}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Flag),
        (-100_000_000_000_000_i64..100_000_000_000_000)
            .prop_map(|millis| Value::Time(Timestamp::from_millisecond(millis).unwrap())),
    ]
}

fn attribute() -> impl Strategy<Value = Attribute> {
    prop_oneof![
        (0..SystemAttribute::ALL.len()).prop_map(|n| SystemAttribute::ALL[n].into()),
        "[a-zé ]{1,20}".prop_map(|name| Attribute::data(&name).unwrap()),
    ]
}

fn registers() -> impl Strategy<Value = Registers> {
    let one = (attribute(), (0..5_i64, prop_oneof![Just(0), any::<u128>()]), value());
    prop::collection::vec(one, 0..60).prop_map(|all| {
        let mut registers = Registers::new("c");
        for (attribute, stamp, value) in all {
            registers.status.set_if_newer(attribute, Register { version: version(stamp), value });
        }
        registers
    })
}

proptest! {
    #[test]
    fn what_is_packed_is_unpacked(registers in registers()) {
        let packed = registers.pack().unwrap();
        prop_assert_eq!(Registers::unpack("c", &packed), Some(registers));
    }

    #[test]
    fn what_is_no_status_is_none(bytes in any::<Vec<u8>>(), registers in registers(), cut in any::<prop::sample::Index>()) {
        prop_assume!(bytes.first() != Some(&FORMAT));
        prop_assert_eq!(Registers::unpack("c", &bytes), None);
        let packed = registers.pack().unwrap();
        let of_a_part = Registers::unpack("c", &packed[..cut.index(packed.len())]);
        prop_assert!(of_a_part.is_none_or(|read| read == registers), "all or nothing");
    }
}

#[test]
fn what_a_newer_program_stored_stays() {
    let number = 63;
    assert!(SystemAttribute::ALL.into_iter().all(|known| known.number() != number));
    let mut registers = Registers::new("c");
    let flag = |second| Register { version: version((second, 0)), value: Value::Flag(true) };
    registers.unknown.push((number, flag(1)));
    let mut read = Registers::unpack("c", &registers.pack().unwrap()).unwrap();
    assert!(read.status.is_empty());
    read.status.set_if_newer(SystemAttribute::Queued.into(), flag(2));
    let again = Registers::unpack("c", &read.pack().unwrap()).unwrap();
    assert_eq!(again.unknown, registers.unknown);
    assert!(again.status.flag(SystemAttribute::Queued));
}
