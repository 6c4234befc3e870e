//! What can go wrong with a sandbox, in words for people.

use domain::{Error, ErrorCode};

/// What can go wrong with a sandbox.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is nowhere to run anything; says why, and how to mend it.
    #[error("There is no sandbox to run this in: {why} {fix}")]
    NoRoom {
        /// Why, a sentence.
        why: String,
        /// How to mend it, a sentence.
        fix: String,
    },
    /// The image is not there yet.
    #[error("The image “{image}” is not built yet. Run: tatwats sandbox build {image}")]
    NoImage {
        /// Which one.
        image: &'static str,
    },
    /// What was asked for cannot be had in this kind of room.
    #[error("{0}")]
    Refused(String),
    /// An archive that would not stay within its folder or its limits.
    #[error("These files cannot be taken: {0}")]
    Archive(String),
    /// The engine, the kernel or the sandbox failed.
    #[error("The sandbox failed: {what}")]
    Infrastructure {
        /// What failed, without internals.
        what: String,
        /// The cause, for the log.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

impl Fault {
    /// A failure of the engine, the kernel or the sandbox, with its cause for the log.
    pub fn infrastructure(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Infrastructure { what: what.into(), source: Some(source.into()) }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let code = match &fault {
            Fault::NoRoom { .. } | Fault::NoImage { .. } | Fault::Infrastructure { .. } => ErrorCode::Unavailable,
            Fault::Refused(_) | Fault::Archive(_) => ErrorCode::Invalid,
        };
        Self::new(code, fault.to_string()).because(fault)
    }
}
