//! Those who wait, each a process: [`Crowd`].

use crate::group::{Group, send, tail};
use crate::ledger::Ledger;
use k8s_wait_benches::Failure;
use parking_lot::Mutex;
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// One of so many has to do what is ordered.
const SHARE: usize = 10;

/// What happens to a share of the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Wait,
    /// Killed, and started again with the same arguments, as the kubelet does.
    Restart,
    Stop,
    Continue,
}

/// All that is needed to start a client.
pub(crate) struct Recipe {
    pub(crate) group: Arc<Group>,
    pub(crate) client: PathBuf,
    pub(crate) service: SocketAddr,
    pub(crate) namespace: String,
    pub(crate) folder: PathBuf,
}

/// The clients of a round. They are killed when it is dropped.
pub(crate) struct Crowd {
    recipe: Arc<Recipe>,
    waiters: JoinSet<Result<usize, Failure>>,
    /// Those who have not left, by their numbers.
    open: BTreeSet<usize>,
    orders: watch::Sender<Order>,
}

impl Crowd {
    /// Starts so many, in turn for each of the targets; each is written down when it has left.
    pub(crate) fn gather(
        recipe: Recipe,
        count: usize,
        targets: &[String],
        ledger: &Arc<Mutex<Ledger>>,
    ) -> Self {
        let (recipe, orders) = (Arc::new(recipe), watch::Sender::new(Order::Wait));
        let mut waiters = JoinSet::new();
        for (number, (target, words)) in targets.iter().enumerate().cycle().take(count).enumerate() {
            // The share has some of those who wait for each target.
            let is_ordered = (number / targets.len()).is_multiple_of(SHARE);
            let orders = is_ordered.then(|| orders.subscribe());
            let waiter = Waiter { recipe: Arc::clone(&recipe), number, words: words.clone() };
            let ledger = Arc::clone(ledger);
            waiters.spawn(async move {
                let status = waiter.wait(orders).await?;
                ledger.lock().ended(target, Instant::now(), status);
                Ok(number)
            });
        }
        Self { recipe, waiters, open: (0..count).collect(), orders }
    }

    /// Tells the share what to do.
    pub(crate) fn order(&self, order: Order) {
        self.orders.send_replace(order);
    }

    /// Have all left? Fails when a client could not be started.
    pub(crate) fn is_over(&mut self) -> Result<bool, Failure> {
        while let Some(ended) = self.waiters.try_join_next() {
            self.open.remove(&ended??);
        }
        Ok(self.open.is_empty())
    }

    /// The end of what some of those say who have not left.
    pub(crate) fn last_words(&self, of: usize) -> Vec<String> {
        self.open.iter().take(of).map(|number| tail(&self.recipe.log(*number), 2)).collect()
    }
}

impl Recipe {
    fn start(&self, number: usize, words: &str) -> Result<Child, Failure> {
        let mut command = Command::new(&self.client);
        command.args([words, "--timeout", "0", "--namespace", &self.namespace]);
        command.args(["--server", &format!("http://{}", self.service)]);
        let mut member = self.group.member(command, &self.log(number))?;
        Ok(member.kill_on_drop(true).spawn()?)
    }

    fn log(&self, number: usize) -> PathBuf {
        Path::new(&self.folder).join(format!("client-{number}.log"))
    }
}

struct Waiter {
    recipe: Arc<Recipe>,
    number: usize,
    words: String,
}

impl Waiter {
    /// Waits to the end, and has its exit status.
    async fn wait(&self, mut orders: Option<watch::Receiver<Order>>) -> Result<Option<i32>, Failure> {
        let mut child = self.recipe.start(self.number, &self.words)?;
        loop {
            tokio::select! {
                // Whoever has ended cannot be killed.
                biased;
                status = child.wait() => return Ok(status?.code()),
                order = next(&mut orders) => match order {
                    Order::Wait => {}
                    Order::Stop => send(&child, Signal::STOP)?,
                    Order::Continue => send(&child, Signal::CONT)?,
                    Order::Restart => {
                        child.kill().await?;
                        child = self.recipe.start(self.number, &self.words)?;
                    }
                },
            }
        }
    }
}

async fn next(orders: &mut Option<watch::Receiver<Order>>) -> Order {
    if let Some(orders) = orders
        && orders.changed().await.is_ok()
    {
        return *orders.borrow_and_update();
    }
    std::future::pending().await
}
