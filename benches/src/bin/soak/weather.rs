//! The API's bad days, one after the other: [`next`].

use k8s_wait_benches::Failure;
use k8s_wait_testkit::{Api, Fault, Memory};
use std::time::Duration;
use tokio::time::sleep;

/// How long the API is away.
const AWAY: Duration = Duration::from_secs(3);
/// How many kinds of days there are.
const DAYS: u64 = 9;

/// Lets happen what this number stands for.
///
/// # Errors
///
/// When the API cannot come back.
pub(crate) async fn next(api: Api, number: u64) -> Result<(), Failure> {
    match number % DAYS {
        0 => api.drop_watches(),
        1 => api.restart(Memory::HistoryLost).await?,
        2 => api.end_watches(),
        3 => api.inject(Fault::watch_error(410).times(3)).forget(),
        4 => {
            api.stop().await;
            sleep(AWAY).await;
            api.resume().await?;
        }
        5 => {
            api.compact();
            api.drop_watches();
        }
        6 => api.inject(Fault::half_event().times(3)).forget(),
        7 => {
            api.inject(Fault::status(500).verb("watch").times(3)).forget();
            api.drop_watches();
        }
        _ => api.restart(Memory::Kept).await?,
    }
    Ok(())
}
