//! What is measured under load: [`cached`], [`checks`], [`churn`], [`held`].

pub mod cached;
pub mod checks;
pub mod churn;
pub mod held;

use hdrhistogram::Histogram;
use std::time::{Duration, Instant};

/// Durations, in microseconds.
pub type Times = Histogram<u64>;

/// The times from `from` until each of these.
///
/// # Errors
///
/// Never: the histogram grows with what is put into it.
pub fn times(from: Instant, until: &[Instant]) -> Result<Times, crate::Failure> {
    let mut times = Times::new(3)?;
    for at in until {
        record(&mut times, at.saturating_duration_since(from))?;
    }
    Ok(times)
}

fn record(times: &mut Times, time: Duration) -> Result<(), crate::Failure> {
    Ok(times.record(u64::try_from(time.as_micros())?)?)
}

/// A quantile in milliseconds.
pub fn milliseconds(times: &Times, quantile: f64) -> f64 {
    Duration::from_micros(times.value_at_quantile(quantile)).as_secs_f64() * 1000.0
}

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
