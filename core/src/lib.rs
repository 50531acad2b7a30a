//! Finds, reads and safely rewrites the account settings of the mail clients that people already have.
//!
//! The whole job, in order: [`discover()`] finds profiles, [`read()`] reads their accounts into one model, [`plan()`] works
//! out what a [`Policy`](policy::Policy) changes, [`apply()`] carries plans out, [`undo()`] takes an operation back, and
//! [`recover()`] puts things right after a crash. The outside world is a [`Reader`](system::Reader) or a
//! [`Writer`](system::Writer): what only reads can't write, by its type. The library never prints, asks, exits or reads
//! the environment, and never panics on any input.

pub mod account;
pub mod apply;
pub mod audit;
pub mod client;
pub mod clients;
pub mod codec;
pub(crate) mod commit;
pub mod discover;
pub mod document;
pub mod effects;
pub mod export;
pub mod fingerprint;
pub mod form;
pub mod formats;
mod glob;
pub mod home;
pub mod image;
pub mod journal;
pub mod lens;
pub mod model;
pub mod patch;
pub mod plan;
pub mod policy;
pub mod probe;
pub mod problem;
mod prove;
pub mod recover;
pub mod report;
pub mod row;
pub mod scope;
pub mod setting;
mod snapshot;
pub mod system;
pub mod undo;
mod uri;
pub mod value;
pub mod workspace;

pub use apply::apply;
pub use discover::discover;
pub use model::read;
pub use plan::plan;
pub use recover::recover;
pub use undo::undo;
