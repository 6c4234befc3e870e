//! The newest good certificate: taken up while the server runs, when its files change or on SIGHUP.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::pair::Files;
use crate::config::Tls;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// The newest good certificate, and what was seen of its files.
pub(crate) struct Newest {
    tls: Tls,
    shown: RwLock<Arc<CertifiedKey>>,
    seen: Mutex<Seen>,
}

/// What was seen of the files.
struct Seen {
    /// What is in use.
    good: u64,
    /// What was there when it could not be used: a fault, or two files of which one was not written yet.
    bad: Option<String>,
    /// Whether that was told.
    told: bool,
}

impl Newest {
    /// Reads both files.
    ///
    /// # Errors
    /// In words.
    pub(super) fn read(tls: Tls) -> Result<Self, String> {
        let files = Files::read(&tls)?;
        let shown = RwLock::new(files.pair(&tls)?.certified);
        Ok(Self { tls, shown, seen: Mutex::new(Seen { good: files.mark(), bad: None, told: false }) })
    }

    /// Looks at the files now and then, and on SIGHUP, until `shutdown`.
    pub(crate) async fn follow(self: Arc<Self>, shutdown: CancellationToken) {
        let mut every = tokio::time::interval(EVERY);
        let mut hangups = signal(SignalKind::hangup()).ok();
        loop {
            let asked = tokio::select! {
                () = shutdown.cancelled() => return,
                _ = every.tick() => false,
                () = hangup(&mut hangups) => true,
            };
            let newest = Arc::clone(&self);
            // Reads two files.
            if let Err(error) = tokio::task::spawn_blocking(move || newest.look(asked)).await {
                tracing::error!(%error, "the certificate's files could not be looked at");
            }
        }
    }

    /// Takes up what the files hold, if it is new and good. What is bad is told when it is still so at the next look,
    /// or at once when someone `asked`; the old one stays.
    fn look(&self, asked: bool) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = match Files::read(&self.tls) {
            Ok(files) if files.mark() == seen.good => {
                (seen.bad, seen.told) = (None, false);
                return;
            }
            Ok(files) => match files.pair(&self.tls) {
                Ok(pair) => {
                    *self.shown.write().unwrap_or_else(PoisonError::into_inner) = pair.certified;
                    *seen = Seen { good: files.mark(), bad: None, told: false };
                    let until = pair.validity.until;
                    return tracing::info!(%until, "a new certificate is in use");
                }
                Err(fault) => fault,
            },
            Err(fault) => fault,
        };
        let again = seen.bad.as_ref() == Some(&fault);
        if asked || (again && !seen.told) {
            tracing::warn!(fault, "the new certificate cannot be used; the old one stays");
        }
        seen.told = asked || again;
        seen.bad = Some(fault);
    }
}

/// Waits for SIGHUP; for ever where it cannot be heard.
async fn hangup(signals: &mut Option<Signal>) {
    let heard = match signals {
        Some(signals) => signals.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending().await
    }
}

impl ResolvesServerCert for Newest {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Newest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Newest").field("tls", &self.tls).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::pair::tests::files;
    use super::*;

    fn shown(newest: &Newest) -> Vec<u8> {
        newest.shown.read().unwrap().end_entity_cert().unwrap().to_vec()
    }

    #[test]
    fn a_good_new_pair_is_taken_up_and_a_bad_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let tls = files(folder.path(), "a.example");
        let newest = Newest::read(tls.clone()).unwrap();
        let first = shown(&newest);
        newest.look(false);
        assert_eq!(shown(&newest), first);
        files(folder.path(), "a.example");
        newest.look(false);
        let second = shown(&newest);
        assert_ne!(second, first);
        std::fs::write(&tls.key, "half a key").unwrap();
        newest.look(false);
        assert!(!newest.seen.lock().unwrap().told, "perhaps only one of the two was written yet");
        newest.look(false);
        assert!(newest.seen.lock().unwrap().told);
        assert_eq!(shown(&newest), second);
        std::fs::remove_file(&tls.certificate).unwrap();
        newest.look(true);
        assert_eq!(shown(&newest), second);
        files(folder.path(), "a.example");
        newest.look(false);
        assert_ne!(shown(&newest), second);
    }
}
