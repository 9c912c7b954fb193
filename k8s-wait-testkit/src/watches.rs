//! The watches that are open, and the orders they get: [`Watches`].

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

/// What a watch is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Run,
    /// Break off without an end.
    Cut,
    /// End as at a timeout.
    End,
    /// Say nothing any more, and do not end.
    Stall,
}

/// All open watches.
#[derive(Default)]
pub(crate) struct Watches {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: HashMap<u64, Entry>,
    last: u64,
}

struct Entry {
    resource: String,
    order: watch::Sender<Order>,
}

/// A watch's place in the register; leaves it when dropped.
pub(crate) struct Registered {
    watches: Arc<Watches>,
    id: u64,
    pub(crate) orders: watch::Receiver<Order>,
}

impl Watches {
    pub(crate) fn register(self: &Arc<Self>, resource: &str) -> Registered {
        let (order, orders) = watch::channel(Order::Run);
        let mut state = self.state.lock();
        state.last += 1;
        let id = state.last;
        state.open.insert(id, Entry { resource: resource.to_owned(), order });
        Registered { watches: Arc::clone(self), id, orders }
    }

    /// Gives an order to every watch that is open now. One that is told to go counts as closed at once.
    pub(crate) fn tell_all(&self, order: Order) {
        let mut state = self.state.lock();
        for entry in state.open.values() {
            entry.order.send_replace(order);
        }
        if order != Order::Stall {
            state.open.clear();
        }
    }

    pub(crate) fn count(&self, resource: &str) -> usize {
        self.state.lock().open.values().filter(|entry| entry.resource == resource).count()
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.watches.state.lock().open.remove(&self.id);
    }
}
