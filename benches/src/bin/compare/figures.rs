//! What is made of many measurements: [`Spread`].

use serde_json::{Value, json};
use std::time::Duration;

/// Milliseconds; negative where the later thing came first.
pub(crate) type Millis = f64;

pub(crate) fn millis(duration: Duration) -> Millis {
    duration.as_secs_f64() * 1e3
}

/// The middle and the upper end of some measurements, in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: Millis,
    pub(crate) p90: Millis,
}

impl Spread {
    /// Of no measurements at all there is none.
    pub(crate) fn of(measured: impl IntoIterator<Item = Millis>) -> Self {
        let mut sorted: Vec<Millis> = measured.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        // The nearest rank.
        let rank = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1));
        let at = |percent| rank(percent).copied().unwrap_or(f64::NAN);
        Self { median: at(50), p90: at(90) }
    }

    pub(crate) fn json(self) -> Value {
        json!({ "median": self.median, "p90": self.p90 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_that_of_the_nearest_ranks() {
        let of = |measured: &[Millis]| {
            let Spread { median, p90 } = Spread::of(measured.iter().copied());
            (median, p90)
        };
        assert_eq!(of(&[3.0, 1.0, 2.0]), (2.0, 3.0));
        assert_eq!(of(&(1..=20).map(f64::from).collect::<Vec<_>>()), (10.0, 18.0));
        assert_eq!(of(&[7.0]), (7.0, 7.0));
        assert!(Spread::of([]).median.is_nan());
    }
}
