//! Keeps the mounts of a sandbox until all in it has ended. The kernel takes its time over taking them apart, and has the
//! last process that sees them wait for it before that may end.

use std::fs::File;
use std::sync::{Mutex, PoisonError};

/// The mounts of a sandbox, from when it is killed on.
#[derive(Debug, Default)]
pub(super) struct Mounts(Mutex<Option<File>>);

impl Mounts {
    /// Holds those that this process sees, which is about to be killed. Where that is not allowed, killing takes longer.
    pub(super) fn hold(&self, pid: i32) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            *held = File::open(format!("/proc/{pid}/ns/mnt")).ok();
        }
    }

    /// Lets them go, and waits until they are taken apart.
    pub(super) async fn let_go(&self) {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if held.is_some() {
            tokio::task::spawn_blocking(|| drop(held)).await.ok();
        }
    }
}
