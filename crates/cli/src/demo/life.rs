//! The life of a demo's centre: the day so far, then time as it passes.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use switchboard_board::{Clock, ClockPhase};
use tokio::{
    task::yield_now,
    time::{Instant, sleep, sleep_until},
};

use super::{centre::DemoCentre, handlers::Handlers, step::StepListener};

/// How much of the day so far the handlers get at once.
const CATCH_UP_STEP: SignedDuration = SignedDuration::from_mins(10);

/// How often the handlers get what has happened since.
const TICK: Duration = Duration::from_millis(250);

/// The life of a centre: what it emits goes through the handlers as time goes on.
pub(super) struct CentreLife {
    pub(super) centre: DemoCentre,
    pub(super) handlers: Arc<Handlers>,
    pub(super) clock: Clock,
    pub(super) zone: TimeZone,
    pub(super) speed: f64,
    /// Where its time stops.
    pub(super) until: Option<Timestamp>,
    /// How long it lives by the real time, once the day so far is told.
    pub(super) length: Option<SignedDuration>,
}

impl CentreLife {
    /// The day so far, then time as it passes, then the steps that are asked for. It comes back when its length is over, if it
    /// has one.
    ///
    /// # Errors
    /// When a handler does not take something.
    pub(super) async fn live(
        &mut self,
        target: Timestamp,
        steps: Option<&mut StepListener>,
    ) -> anyhow::Result<()> {
        self.catch_up(target).await?;
        let end =
            self.length.map(|length| Instant::now() + Duration::try_from(length).unwrap_or(Duration::ZERO));
        let living = async {
            self.go_on().await?;
            match steps {
                Some(steps) => self.step(steps).await,
                None => std::future::pending().await,
            }
        };
        match end {
            None => living.await,
            Some(end) => tokio::select! {
                lived = living => lived,
                () = sleep_until(end) => Ok(()),
            },
        }
    }

    /// Tells everything that happened before that moment; without a moment to stop at, also what happens meanwhile.
    async fn catch_up(&mut self, target: Timestamp) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            // Time that passes meanwhile is real time: a fast centre begins to be fast afterwards.
            let passed = SignedDuration::try_from(begun.elapsed())?;
            let to = target.saturating_add(passed)?.min(self.until.unwrap_or(Timestamp::MAX));
            if to.duration_since(self.clock.now()) < SignedDuration::from_secs(1) {
                return Ok(());
            }
            self.tell_some(to).await?;
        }
    }

    /// Tells what happens as it happens, until the moment to stop at.
    async fn go_on(&mut self) -> anyhow::Result<()> {
        self.clock.set(self.clock.now(), ClockPhase::Running { speed: self.speed });
        loop {
            let now = self.clock.now();
            let stop = self.until.filter(|until| *until <= now);
            let to = stop.unwrap_or(now);
            let emitted = self.centre.advance(to)?;
            Handlers::handle(&self.handlers, emitted, to).await?;
            if let Some(stop) = stop {
                self.clock.set(stop, ClockPhase::Stopped);
                return Ok(());
            }
            sleep(TICK).await;
        }
    }

    /// Stands still, and goes on as far as it is asked to. The board goes on.
    async fn step(&mut self, steps: &mut StepListener) -> anyhow::Result<()> {
        loop {
            let step = steps.next().await?;
            let to = self.clock.now().saturating_add(step.length())?;
            while self.clock.now() < to {
                self.tell_some(to).await?;
            }
            self.clock.set(to, ClockPhase::Stopped);
            step.answer(&to.to_zoned(self.zone.clone())).await;
        }
    }

    /// Tells what happens before that moment, but not more than some minutes of it.
    async fn tell_some(&mut self, to: Timestamp) -> anyhow::Result<()> {
        let at = self.clock.now().saturating_add(CATCH_UP_STEP)?.min(to);
        // Before the stores hear of it, as nothing in them is to be ahead of the board's time.
        self.clock.set(at, ClockPhase::CatchingUp { to });
        let emitted = self.centre.catch_up(at)?;
        Handlers::handle(&self.handlers, emitted, at).await?;
        yield_now().await;
        Ok(())
    }
}
