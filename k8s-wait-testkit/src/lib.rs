//! A small Kubernetes API in the process, with faults on request.

mod api;
pub mod build;
mod cluster;
mod columns;
mod fault;
mod json;
mod patch;
mod request;
mod resource;
mod selector;
mod server;
mod status;
mod store;
mod watches;

pub use api::{Api, Memory};
pub use fault::{Fault, FaultGuard};
pub use request::Request;
pub use resource::ResourceType;
pub use status::Status;
