//! Sharing times out by the seconds of parts.

use std::iter;

use super::times::AgentTimes;

/// Shares what was reported out over parts of so many seconds. Sums stay exact, no part has more than its seconds if
/// the whole has not, and none has more pause than it is online if the whole has not.
pub(super) fn share_out(times: &AgentTimes, part_secs: &[u64]) -> Vec<AgentTimes> {
    let anything: Vec<_> = part_secs.iter().map(|_| u64::MAX).collect();
    let online = times.online_secs.map(|secs| apportion(secs, part_secs, &anything));
    let room = match &online {
        Some(online) if times.available_secs().is_some() => online,
        _ => &anything,
    };
    let paused = times.non_productive_secs.map(|secs| apportion(secs, part_secs, room));
    let idle = times.idle_secs.map(|secs| apportion(secs, part_secs, &anything));
    let [mut online, mut paused, mut idle] = [online, paused, idle].map(or_unknown);
    let part = |_| AgentTimes {
        online_secs: online.next().flatten(),
        non_productive_secs: paused.next().flatten(),
        idle_secs: idle.next().flatten(),
    };
    part_secs.iter().map(part).collect()
}

/// The shares, or that each of them is not known.
fn or_unknown(shares: Option<Vec<u64>>) -> Box<dyn Iterator<Item = Option<u64>>> {
    match shares {
        Some(shares) => Box::new(shares.into_iter().map(Some)),
        None => Box::new(iter::repeat(None)),
    }
}

/// Shares a total out by weight in whole numbers that add up to it: the largest remainders are rounded up, the earlier of
/// equal ones first, and none beyond the room that a part has.
fn apportion(total: u64, weights: &[u64], room: &[u64]) -> Vec<u64> {
    let whole = weights.iter().map(|weight| u128::from(*weight)).sum::<u128>().max(1);
    let exact = |weight: &u64| u128::from(total) * u128::from(*weight);
    // A share is at most the total, so it fits.
    let mut shares: Vec<_> =
        weights.iter().map(|weight| u64::try_from(exact(weight) / whole).unwrap_or(total)).collect();
    let mut left = total.saturating_sub(shares.iter().sum::<u64>());
    let remainders = weights.iter().map(|weight| exact(weight) % whole);
    let mut by_remainder: Vec<_> = remainders.zip(shares.iter_mut().zip(room)).collect();
    by_remainder.sort_by_key(|(remainder, _)| std::cmp::Reverse(*remainder));
    let mut given = true;
    // More than one round is needed only where parts have no room.
    while left > 0 && given {
        given = false;
        for (_, (share, room)) in &mut by_remainder {
            if left > 0 && **share < **room {
                **share += 1;
                left -= 1;
                given = true;
            }
        }
    }
    shares
}
