//! A small Kubernetes API in the process, with faults on request.

mod api;
pub mod build;
mod fault;
mod request;
mod resource;
mod status;

pub use api::{Api, Memory};
pub use fault::{Fault, FaultGuard};
pub use request::Request;
pub use resource::ResourceType;
pub use status::Status;
