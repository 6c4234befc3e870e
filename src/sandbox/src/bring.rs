//! Bringing files out of a sandbox into a folder of the host.

use std::path::Path;

use room::Give;

use crate::archive::{Limits, Unpacked, unpack};
use crate::{Fault, Sandbox};

/// How much of a stream is on its way, in bytes.
const ON_THE_WAY: usize = 256 * 1024;

impl Sandbox {
    /// Brings what is in the folder `from` out into the folder `into`, which must be empty and nobody else's, within these
    /// limits. What is called by a name of `without` stays there, wherever it is.
    ///
    /// # Errors
    /// `Archive` when they cannot be given or are not to be taken: what was written until then is of no use;
    /// infrastructure when the sandbox ended or the disk fails.
    pub async fn bring(&self, from: &str, without: &[&str], into: &Path, limits: Limits) -> Result<Unpacked, Fault> {
        let (mut writer, reader) = tokio::io::duplex(ON_THE_WAY);
        let give = Give {
            path: from.to_owned(),
            without: without.iter().map(|name| (*name).to_owned()).collect(),
            most_bytes: limits.bytes,
            most_entries: limits.entries,
        };
        let mut unpacking = std::pin::pin!(unpack(reader, into, limits));
        // It owns the writer, so that its end is the end of the stream.
        let mut giving = std::pin::pin!(async move { self.give(give, &mut writer).await });
        // Whoever ends first knows what was wrong; the other only that it broke off.
        tokio::select! {
            biased;
            unpacked = &mut unpacking => {
                let unpacked = unpacked?;
                giving.await?;
                Ok(unpacked)
            }
            given = &mut giving => {
                let unpacked = unpacking.await;
                given?;
                unpacked
            }
        }
    }
}
