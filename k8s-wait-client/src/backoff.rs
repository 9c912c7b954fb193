//! How long to leave a server alone that did not answer: [`Backoff`].

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

/// The shortest pause.
const FLOOR: Duration = Duration::from_millis(100);
/// The longest pause that this side chooses.
const CEILING: Duration = Duration::from_secs(5);
/// The longest pause that a server may ask for with `Retry-After`.
const OBEYED: Duration = Duration::from_secs(60);

/// The longest first pause of those whom a server has served.
const SPREAD: Duration = Duration::from_secs(2);

/// Pauses that double from 100 ms to 5 s, each drawn at random from its upper half. The first one after a server has served is
/// drawn from two seconds: thousands have lost it at the same moment, and the others must not get them all at once.
pub(crate) struct Backoff {
    failures: u32,
    was_served: bool,
    random: fn() -> u32,
}

impl Backoff {
    /// A back-off whose first pause is the shortest; `random` gives any number.
    pub(crate) fn new(random: fn() -> u32) -> Self {
        Self { failures: 0, was_served: false, random }
    }

    /// How many times in a row it went wrong.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Forgets the failures: the server has served.
    pub(crate) fn reset(&mut self) {
        (self.failures, self.was_served) = (0, true);
    }

    /// The pause before the next try. `retry_after` is a floor, itself held to a minute.
    pub(crate) fn pause(&mut self, retry_after: Option<Duration>) -> Duration {
        let whole = FLOOR.saturating_mul(2 << self.failures.min(16)).min(CEILING);
        self.failures = self.failures.saturating_add(1);
        let (least, most) = match std::mem::take(&mut self.was_served) {
            true => (FLOOR, SPREAD),
            false => (whole / 2, whole),
        };
        let steps = (most - least).as_millis() as u32 + 1;
        let drawn = least + Duration::from_millis(u64::from((self.random)() % steps));
        drawn.max(retry_after.unwrap_or_default().min(OBEYED))
    }
}

/// A number that differs from call to call and from process to process: the keys that std draws for its hash
/// maps. Good enough to spread clients, and for nothing else.
pub(crate) fn random() -> u32 {
    (RandomState::new().hash_one(0_u8) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(random: fn() -> u32, count: usize) -> Vec<u128> {
        let mut backoff = Backoff::new(random);
        (0..count).map(|_| backoff.pause(None).as_millis()).collect()
    }

    #[test]
    fn it_doubles_to_five_seconds_and_stays_in_the_upper_half() {
        assert_eq!(pauses(|| 0, 8), [100, 200, 400, 800, 1600, 2500, 2500, 2500]);
        assert_eq!(pauses(|| 60, 3), [160, 260, 460]);
        for (low, high) in pauses(|| 0, 8).into_iter().zip(pauses(random, 8)) {
            assert!((low..=low * 2).contains(&high), "{high} from {low}");
        }
    }

    #[test]
    fn it_never_overflows_however_long_the_server_is_away() {
        let mut backoff = Backoff { failures: u32::MAX - 1, was_served: false, random: || 2500 };
        assert_eq!(backoff.pause(None), CEILING);
        assert_eq!(backoff.pause(None), CEILING);
        assert_eq!(backoff.failures(), u32::MAX);
    }

    #[test]
    fn a_reset_starts_over() {
        let mut backoff = Backoff::new(|| 0);
        let first = backoff.pause(None);
        backoff.pause(None);
        backoff.reset();
        assert_eq!(backoff.pause(None), first);
    }

    #[test]
    fn those_who_have_lost_a_server_come_back_over_two_seconds() {
        let mut draws = Vec::new();
        for _ in 0..1_000 {
            let mut backoff = Backoff::new(random);
            backoff.reset();
            draws.push(backoff.pause(None).as_millis());
            assert!(backoff.pause(None).as_millis() <= 400, "what comes after it is as ever");
        }
        assert!(draws.iter().all(|draw| (100..=2_000).contains(draw)), "{draws:?}");
        for tenth in 1..10 {
            let count = draws.iter().filter(|draw| **draw / 200 == tenth).count();
            assert!((50..200).contains(&count), "{count} of 1000 in the tenth {tenth}");
        }
    }

    #[test]
    fn retry_after_is_obeyed_for_a_minute_at_most_and_never_shortens() {
        let mut backoff = Backoff::new(|| 0);
        assert_eq!(backoff.pause(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.pause(Some(Duration::from_secs(86_400))), OBEYED);
        assert_eq!(backoff.pause(Some(Duration::ZERO)), Duration::from_millis(400));
    }

    #[test]
    fn two_draws_differ() {
        let draws: std::collections::HashSet<u32> = (0..16).map(|_| random()).collect();
        assert!(draws.len() > 8, "{draws:?}");
    }
}
