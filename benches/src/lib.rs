//! What the benches have in common: programs under load and what they take ([`program`]), a server with an API behind it
//! ([`stage`]), those who wait on it ([`crowd`]), what is measured with them ([`load`]), where
//! ([`machine`]), and how the book shows it ([`plot`]).

pub mod crowd;
pub mod fed;
pub mod load;
pub mod machine;
pub mod plenty;
pub mod plot;
pub mod program;
pub mod stage;

/// Whatever goes wrong ends the run: half a measurement is none.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
