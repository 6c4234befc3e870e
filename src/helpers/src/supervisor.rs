//! The supervisor: keeps what runs equal to what people want, and hands deliveries to what runs.

mod handle;
mod keeper;
mod leftovers;
mod measure;
mod patrol;
mod policy;
mod run;
mod sessions;
mod shared;
mod spawn;
mod worker;

pub use handle::{Helpers, Settings};
pub(crate) use spawn::signal;
