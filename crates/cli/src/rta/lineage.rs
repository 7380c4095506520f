//! The order in which shards are read. After a reshard an agent's newer events are in another shard than the older ones,
//! which must be read first. Pure.

use std::collections::BTreeSet;

use super::{checkpoints::Positions, stream::Shard};

/// Those shards that are to be started: neither done nor started, and all that they came of is done or gone.
pub(super) fn startable<'a>(
    listed: &'a [Shard],
    positions: &Positions,
    started: &BTreeSet<String>,
) -> Vec<&'a str> {
    let is_done = |id: &str| positions.get(id).is_some_and(|position| position.is_finished);
    let is_listed = |id: &str| listed.iter().any(|shard| shard.id == id);
    let is_ready = |shard: &&Shard| {
        let parents = shard.parents.iter();
        !is_done(&shard.id)
            && !started.contains(&shard.id)
            && parents.into_iter().all(|parent| is_done(parent) || !is_listed(parent))
    };
    listed.iter().filter(is_ready).map(|shard| shard.id.as_str()).collect()
}

/// Prunes the positions of shards that the stream has no more, and of shards that an earlier run finished and that are
/// open: a stream that is deleted and recreated has shards of the same ids.
pub(super) fn prune_positions(listed: &[Shard], positions: &mut Positions, started: &BTreeSet<String>) {
    positions.retain(|id, position| {
        let is_another = |shard: &Shard| position.is_finished && shard.is_open && !started.contains(id);
        listed.iter().any(|shard| shard.id == *id && !is_another(shard))
    });
}

#[cfg(test)]
mod tests {
    use super::{super::checkpoints::Position, *};

    fn shards(shards: &[(&str, &[&str])]) -> Vec<Shard> {
        let shard = |&(id, parents): &(&str, &[&str])| Shard {
            id: id.to_owned(),
            parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
            is_open: true,
        };
        shards.iter().map(shard).collect()
    }

    fn positions(finished: &[&str], read: &[&str]) -> Positions {
        let position = |is_finished| Position { sequence_number: Some("1".to_owned()), is_finished };
        let finished = finished.iter().map(|&id| (id.to_owned(), position(true)));
        finished.chain(read.iter().map(|&id| (id.to_owned(), position(false)))).collect()
    }

    #[test]
    fn children_wait_for_their_parents() {
        // 0 was split into 2 and 3; 3 and 1 were merged into 4.
        let listed = shards(&[("0", &[]), ("1", &[]), ("2", &["0"]), ("3", &["0"]), ("4", &["3", "1"])]);
        let none = BTreeSet::new();
        assert_eq!(startable(&listed, &positions(&[], &[]), &none), ["0", "1"]);
        assert_eq!(startable(&listed, &positions(&["1"], &["0"]), &none), ["0"]);
        assert_eq!(startable(&listed, &positions(&["0", "1"], &[]), &none), ["2", "3"]);
        assert_eq!(startable(&listed, &positions(&["0", "1", "3"], &[]), &none), ["2", "4"]);
        assert_eq!(
            startable(&listed, &positions(&["0", "3"], &[]), &BTreeSet::from(["1".to_owned()])),
            ["2"]
        );
    }

    #[test]
    fn a_stream_that_was_made_anew_is_read_from_its_beginning() {
        let mut listed = shards(&[("0", &[]), ("1", &[]), ("2", &[])]);
        listed[1].is_open = false;
        let mut kept = positions(&["0", "1", "9"], &["2"]);
        prune_positions(&listed, &mut kept, &BTreeSet::new());
        assert_eq!(kept, positions(&["1"], &["2"]));
        let mut kept = positions(&["0"], &[]);
        prune_positions(&listed, &mut kept, &BTreeSet::from(["0".to_owned()]));
        assert_eq!(kept, positions(&["0"], &[]), "its end was read just now");
    }

    #[test]
    fn parents_that_are_gone_are_waited_for_by_nobody() {
        let listed = shards(&[("4", &["3", "1"])]);
        assert_eq!(startable(&listed, &positions(&[], &["3"]), &BTreeSet::new()), ["4"]);
    }
}
