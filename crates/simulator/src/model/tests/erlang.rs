//! Waits agree with queueing theory: one queue, one channel, constant rates, exponential times.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers, all of them"
)]

use jiff::SignedDuration;

use crate::model::*;

/// What is measured of a queue after a warm-up.
#[derive(Default)]
struct Waits {
    /// Of each contact that was queued, in seconds, and whether it was answered.
    waits: Vec<(f64, bool)>,
    warm: Millis,
}

impl Sink for Waits {
    fn take(&mut self, step: &Step<'_>) {
        let Event::Contact { step: ContactStep::Connected | ContactStep::Disconnected, contact } = step.event
        else {
            return;
        };
        let is_first =
            contact.connected.is_none_or(|connected| connected == step.at && contact.left.is_none());
        let (Some(enqueued), Some(dequeued)) = (contact.enqueued, contact.dequeued) else { return };
        if is_first && enqueued >= self.warm {
            self.waits.push(((dequeued - enqueued) as f64 / 1000.0, contact.connected.is_some()));
        }
    }
}

/// The mean of consecutive batches' means and half the width of its confidence interval (99.9 %, 20 batches).
fn mean(values: &[f64]) -> (f64, f64) {
    let batches: Vec<f64> = values
        .chunks_exact(values.len() / 20)
        .take(20)
        .map(|batch| batch.iter().sum::<f64>() / batch.len() as f64)
        .collect();
    let mean = batches.iter().sum::<f64>() / 20.0;
    let variance = batches.iter().map(|batch| (batch - mean).powi(2)).sum::<f64>() / 19.0;
    // Student's t with 19 degrees of freedom.
    (mean, 3.883 * (variance / 20.0).sqrt())
}

fn assert_agrees(what: &str, values: &[f64], expected: f64) {
    let (mean, half) = mean(values);
    assert!((mean - expected).abs() <= half, "{what}: {mean:.4} ± {half:.4}, theory {expected:.4}");
    assert!(half <= 0.25 * expected, "{what}: {mean:.4} ± {half:.4} says little about {expected:.4}");
}

const TALK: f64 = 180.0;

fn run(seed: u64, agents: u32, load: f64, patience: Option<f64>) -> Vec<(f64, bool)> {
    let talk = Distribution::Exponential { mean: (TALK * 1000.0) as Millis };
    let patience = patience.map(|mean| Distribution::Exponential { mean: (mean * 1000.0) as Millis });
    let config = Config {
        seed,
        agents,
        queues: 1,
        contacts_per_day: (load * f64::from(agents) * 86_400.0 / TALK).round() as u32,
        duration: SignedDuration::from_hours(24 * 40),
        staffing: Staffing::Always,
        has_changes: false,
        behaviour: Behaviour::plain(talk, patience),
        ..Config::default()
    };
    let warm = config.begin() + DAY;
    let (_, sink, _) = Centre::new(config, Waits { warm, ..Waits::default() }).unwrap().finish();
    sink.waits
}

/// The stationary probabilities of `n` contacts in a system with `agents` and abandonment at `theta` per second.
fn stationary(agents: u32, lambda: f64, theta: f64) -> Vec<f64> {
    let mut weights = vec![1.0_f64];
    for n in 1..20_000_u32 {
        let served = f64::from(n.min(agents)) / TALK;
        let leaving = f64::from(n.saturating_sub(agents)) * theta;
        weights.push(weights.last().unwrap() * lambda / (served + leaving));
    }
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

#[test]
fn without_abandonment_waits_are_erlangs_c() {
    for (seed, agents, load) in [(1, 1, 0.5), (2, 5, 0.7), (3, 20, 0.85), (4, 60, 0.93)] {
        let waits = run(seed, agents, load, None);
        let lambda = load * f64::from(agents) / TALK;
        let states = stationary(agents, lambda, 0.0);
        let waiting: f64 = states[agents as usize..].iter().sum();
        let mean_wait = waiting * TALK / (f64::from(agents) * (1.0 - load));
        let within = 1.0 - waiting * (-(f64::from(agents) * (1.0 - load)) * 20.0 / TALK).exp();
        let what = format!("{agents} agents, load {load}");
        let of = |f: fn(f64) -> f64| waits.iter().map(|(wait, _)| f(*wait)).collect::<Vec<_>>();
        assert_agrees(&format!("{what}: waits at all"), &of(|wait| f64::from(wait > 0.0)), waiting);
        assert_agrees(&format!("{what}: mean wait"), &of(|wait| wait), mean_wait);
        assert_agrees(&format!("{what}: within 20 s"), &of(|wait| f64::from(wait < 20.0)), within);
    }
}

#[test]
fn with_patience_waits_are_erlangs_a() {
    for (seed, agents, load, patience) in [(5, 5, 0.9, 120.0), (6, 20, 1.0, 300.0), (7, 40, 1.15, 90.0)] {
        let waits = run(seed, agents, load, Some(patience));
        let (lambda, theta) = (load * f64::from(agents) / TALK, 1.0 / patience);
        let states = stationary(agents, lambda, theta);
        let queue: f64 =
            states.iter().enumerate().map(|(n, p)| n.saturating_sub(agents as usize) as f64 * p).sum();
        let waiting: f64 = states[agents as usize..].iter().sum();
        let what = format!("{agents} agents, load {load}, patience {patience} s");
        let abandoned: Vec<_> = waits.iter().map(|(_, is_answered)| f64::from(!is_answered)).collect();
        assert_agrees(&format!("{what}: abandoned"), &abandoned, theta * queue / lambda);
        let all: Vec<_> = waits.iter().map(|(wait, _)| *wait).collect();
        assert_agrees(&format!("{what}: mean time in queue"), &all, queue / lambda);
        let waits: Vec<_> = all.iter().map(|wait| f64::from(*wait > 0.0)).collect();
        assert_agrees(&format!("{what}: waits at all"), &waits, waiting);
    }
}
