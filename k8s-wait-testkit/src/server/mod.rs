//! The HTTP side: [`Listener`] accepts connections, `handler` answers requests.

mod discovery;
mod handler;
mod list;
mod listener;
mod query;
mod reply;
mod review;
mod route;
mod shape;
mod watch;
mod write;

pub(crate) use listener::Listener;
