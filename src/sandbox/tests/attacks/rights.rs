//! To become someone else, or to be allowed more.

use crate::harness::probes;

probes! {
    /// No capability in any set, no new privileges, a filter, and nobody's groups; for the first process too.
    status: "status";
    identity: "identity";
    /// Its own, and those of the host.
    setuid_files: "setuid_files";
}
