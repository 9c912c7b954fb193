//! Looking up names, once for all who ask: [`addresses`].
//!
//! libc's look-up blocks a thread, has no bound that fits, and cannot be called off. So all who ask for a name at the same
//! time share one look-up, its answer serves those who come within a second, and only so many threads may hang at once.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::Instant;

/// For so long after it was asked an answer serves others. Short: what was not resolved a moment ago may be now.
const FRESH: Duration = Duration::from_secs(1);
/// How many look-ups may be under way.
const THREADS: usize = 32;

/// The addresses of a name, one at least, or why there is none.
pub(super) type Found = Result<Arc<[IpAddr]>, Arc<str>>;

/// All programs have one name service, and threads are the process's.
pub(super) static SHARED: LazyLock<Resolver> = LazyLock::new(|| Resolver::new(libc, THREADS));

/// The addresses of a host. Takes as long as it takes: bound it.
pub(in crate::check) async fn addresses(host: &str) -> Found {
    SHARED.addresses(host).await
}

fn libc(host: &str) -> Found {
    let found = (host, 0).to_socket_addrs().map_err(|error| Arc::from(error.to_string()))?;
    let addresses: Arc<[IpAddr]> = found.map(|address| address.ip()).collect();
    if addresses.is_empty() { Err("it has no address".into()) } else { Ok(addresses) }
}

/// A way to look names up, with what is under way.
pub(super) struct Resolver {
    look_up: Arc<dyn Fn(&str) -> Found + Send + Sync>,
    /// By name.
    lookups: Mutex<HashMap<Box<str>, Lookup>>,
    threads: Arc<Semaphore>,
}

/// A look-up under way, or its answer.
struct Lookup {
    begun: Instant,
    answer: watch::Receiver<Option<Found>>,
    /// Not waited for: it ends when libc does.
    _thread: JoinHandle<()>,
}

impl Lookup {
    /// Does it serve somebody who asks now?
    fn is_fresh(&self) -> bool {
        let is_under_way = self.answer.borrow().is_none() && self.answer.has_changed().is_ok();
        let is_answered = self.answer.borrow().is_some();
        is_under_way || is_answered && self.begun.elapsed() < FRESH
    }
}

impl Resolver {
    pub(super) fn new(look_up: impl Fn(&str) -> Found + Send + Sync + 'static, threads: usize) -> Self {
        Self {
            look_up: Arc::new(look_up),
            lookups: Mutex::default(),
            threads: Arc::new(Semaphore::new(threads)),
        }
    }

    pub(super) async fn addresses(&self, host: &str) -> Found {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok([address].into());
        }
        let broken = || Arc::from("the look-up broke off");
        let mut answer = match self.known(host) {
            Some(answer) => answer,
            None => {
                let thread = Arc::clone(&self.threads).acquire_owned().await.map_err(|_| broken())?;
                self.begin(host, thread)
            }
        };
        let found = answer.wait_for(Option::is_some).await.map_err(|_| broken())?;
        found.clone().unwrap_or_else(|| Err(broken()))
    }

    fn known(&self, host: &str) -> Option<watch::Receiver<Option<Found>>> {
        let lookups = self.lookups.lock();
        lookups.get(host).filter(|lookup| lookup.is_fresh()).map(|lookup| lookup.answer.clone())
    }

    fn begin(&self, host: &str, thread: OwnedSemaphorePermit) -> watch::Receiver<Option<Found>> {
        let mut lookups = self.lookups.lock();
        lookups.retain(|_, lookup| lookup.is_fresh());
        // Others may have waited for a thread as well, and been first.
        if let Some(lookup) = lookups.get(host) {
            return lookup.answer.clone();
        }
        let (sender, answer) = watch::channel(None);
        let (look_up, name) = (Arc::clone(&self.look_up), host.to_owned());
        let _thread = spawn_blocking(move || {
            let _thread = thread;
            sender.send_replace(Some(look_up(&name)));
        });
        lookups.insert(host.into(), Lookup { begun: Instant::now(), answer: answer.clone(), _thread });
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use tokio::time::{advance, timeout};

    fn here() -> Found {
        Ok([IpAddr::from([127, 0, 0, 1])].into())
    }

    fn counting(threads: usize) -> (Arc<Resolver>, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let look_up = move |host: &str| {
            counted.fetch_add(1, Ordering::SeqCst);
            if host == "bad" { Err("no such name".into()) } else { here() }
        };
        (Arc::new(Resolver::new(look_up, threads)), count)
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_together_or_soon_share_a_look_up() {
        let (resolver, count) = counting(4);
        let found = join_all((0..100).map(|_| resolver.addresses("db"))).await;
        assert!(found.iter().all(|found| *found == here()));
        advance(FRESH - Duration::from_millis(1)).await;
        assert_eq!(resolver.addresses("db").await, here());
        assert_eq!(count.load(Ordering::SeqCst), 1);
        advance(Duration::from_millis(1)).await;
        assert_eq!(resolver.addresses("db").await, here());
        assert_eq!(resolver.addresses("bad").await, Err("no such name".into()));
        assert_eq!(count.load(Ordering::SeqCst), 3);
        advance(FRESH).await;
        resolver.addresses("other").await.unwrap();
        assert_eq!(resolver.lookups.lock().len(), 1, "what serves nobody any more takes no room");
    }

    #[tokio::test]
    async fn what_hangs_takes_one_thread_for_each_name_and_so_many_in_all() {
        let (hang, hung) = mpsc::channel::<()>();
        let (count, hung) = (Arc::new(AtomicUsize::new(0)), Mutex::new(hung));
        let counted = Arc::clone(&count);
        let resolver = Resolver::new(
            move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = hung.lock().recv();
                here()
            },
            2,
        );
        for name in ["a", "a", "b", "b", "c", "c"] {
            assert!(timeout(Duration::from_millis(20), resolver.addresses(name)).await.is_err());
        }
        // A thread may take a moment to begin.
        while count.load(Ordering::SeqCst) < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(timeout(Duration::from_millis(20), resolver.addresses("d")).await.is_err());
        assert_eq!(count.load(Ordering::SeqCst), 2);
        drop(hang);
        for name in ["a", "b", "c"] {
            assert_eq!(resolver.addresses(name).await, here());
        }
    }

    #[tokio::test]
    async fn one_that_panics_is_tried_again() {
        let count = AtomicUsize::new(0);
        let look_up = move |_: &str| {
            assert!(count.fetch_add(1, Ordering::SeqCst) > 0, "a bug of somebody else's");
            here()
        };
        let resolver = Resolver::new(look_up, 1);
        assert_eq!(resolver.addresses("db").await, Err("the look-up broke off".into()));
        assert_eq!(resolver.addresses("db").await, here());
    }

    #[tokio::test]
    async fn libc_is_asked() {
        assert!(addresses("localhost").await.unwrap().iter().all(IpAddr::is_loopback));
        assert!(addresses(&"x".repeat(300)).await.is_err());
        assert_eq!(addresses("::1").await, Ok(["::1".parse::<IpAddr>().unwrap()].into()));
    }
}
