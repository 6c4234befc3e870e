//! Passwords: hashed by argon2id, a few at a time, with the same work for users who do not exist.

mod guessable;

use std::num::NonZeroU16;
use std::sync::Arc;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use domain::{Error, ErrorCode, Result, UserName};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::random;

pub use guessable::check;

/// How much work one hash takes. [`Cost::default`] is OWASP's advice, and the least that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Lanes, which an attacker can work on at the same time.
    pub lanes: u32,
}

impl Default for Cost {
    /// 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// What came of comparing a password with the hash that is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password, or there is no such user.
    Wrong,
    /// It is the password.
    Right {
        /// The hash was made at another cost: hash the password anew and keep that.
        needs_rehash: bool,
    },
}

/// Hashes and compares passwords, away from the threads that serve requests.
#[derive(Debug)]
pub struct Passwords {
    params: Params,
    /// One permit for each hash under way: it bounds the memory that sign-ins can take.
    working: Arc<Semaphore>,
    /// One permit for each request under way or in line.
    in_line: Semaphore,
    /// The hash of no password at all, at the present cost.
    nobody: Arc<str>,
}

/// Requests that may wait for each hash under way; more are turned away at once.
const IN_LINE: usize = 32;
/// Bytes of a hash.
const HASH_BYTES: usize = 32;

impl Passwords {
    /// Hashes at `cost`, at most `at_once` at a time.
    ///
    /// # Errors
    /// `Invalid` when `cost` is less than [`Cost::default`] or out of what argon2 allows.
    pub fn new(cost: Cost, at_once: NonZeroU16) -> Result<Self> {
        let least = Cost::default();
        if cost.memory < least.memory || cost.passes < least.passes || cost.lanes < least.lanes {
            return Err(Error::invalid(
                "password cost",
                format!("Hashing passwords takes at least {} KiB of memory and {} passes", least.memory, least.passes),
            ));
        }
        Self::at(cost, at_once)
    }

    fn at(cost: Cost, at_once: NonZeroU16) -> Result<Self> {
        let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(HASH_BYTES))
            .map_err(|error| Error::invalid("password cost", format!("argon2 refuses this cost: {error}")))?;
        let nobody = nobody(&params).map_err(broken)?.to_string().into();
        Ok(Self {
            params,
            working: Arc::new(Semaphore::new(at_once.get().into())),
            in_line: Semaphore::new(usize::from(at_once.get()) * IN_LINE),
            nobody,
        })
    }

    /// What to keep of a new password of `user`, who is called `display_name`, once it is [`check`]ed. Judging it takes
    /// its time too, so both are one piece of work.
    ///
    /// # Errors
    /// `Invalid`, naming `password`; `TooMany` when too many wait already.
    pub async fn accept(&self, password: SecretString, user: &UserName, display_name: &str) -> Result<String> {
        let (hasher, user, display_name) = (self.hasher(), user.clone(), display_name.to_owned());
        self.work(move || {
            check(password.expose_secret(), &user, &display_name)?;
            hashed(&hasher, &password)
        })
        .await
    }

    /// The text (in PHC form) to keep of a password that was accepted before: salt, cost and hash.
    ///
    /// # Errors
    /// `TooMany` when too many wait already.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        let hasher = self.hasher();
        self.work(move || hashed(&hasher, &password)).await
    }

    /// Compares `password` with what is kept of it. Without a hash (no such user, or one without a password) the same
    /// work is done for nothing, so that the time does not tell who exists.
    ///
    /// # Errors
    /// `TooMany` when too many wait already; `Internal` when `kept` is not a hash.
    pub async fn verify(&self, password: SecretString, kept: Option<&str>) -> Result<Verdict> {
        let known = kept.is_some();
        let kept: Arc<str> = kept.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let hasher = self.hasher();
        let params = self.params.clone();
        self.work(move || {
            let kept = PasswordHash::new(&kept).map_err(|error| broken(error.into()))?;
            match hasher.verify_password(password.expose_secret().as_bytes(), &kept) {
                Ok(()) if known => Ok(Verdict::Right { needs_rehash: differs(&kept, &params) }),
                Ok(()) | Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
                Err(error) => Err(broken(error)),
            }
        })
        .await
    }

    /// Whether `kept` was made at another cost than the present one, or is no hash of ours.
    #[must_use]
    pub fn needs_rehash(&self, kept: &str) -> bool {
        PasswordHash::new(kept).map_or(true, |hash| differs(&hash, &self.params))
    }

    fn hasher(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _place = self.in_line.try_acquire().map_err(|_| {
            Error::new(ErrorCode::TooMany, "Too many people sign in at this moment. Try again in a few seconds.")
        })?;
        let permit = Arc::clone(&self.working).acquire_owned().await.map_err(Error::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work ends, which it does even when nobody waits for it any more.
            let _permit = permit;
            job()
        });
        done.await.map_err(Error::internal)?
    }
}

fn hashed(hasher: &Argon2<'_>, password: &SecretString) -> Result<String> {
    let salt: [u8; 16] = random::bytes()?;
    let hash = hasher.hash_password_with_salt(password.expose_secret().as_bytes(), &salt).map_err(broken)?;
    Ok(hash.to_string())
}

/// A hash that no password has but by chance of 1 in 2²⁵⁶: comparing with it costs what any other does.
fn nobody(params: &Params) -> password_hash::Result<PasswordHash> {
    let salt: [u8; 16] = random::bytes().map_err(|_| password_hash::Error::Crypto)?;
    let output: [u8; HASH_BYTES] = random::bytes().map_err(|_| password_hash::Error::Crypto)?;
    Ok(PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: params.try_into()?,
        salt: Some(Salt::new(&salt)?),
        hash: Some(Output::new(&output)?),
    })
}

fn differs(hash: &PasswordHash, params: &Params) -> bool {
    let same = hash.algorithm == ARGON2ID_IDENT
        && hash.version == Some(Version::V0x13.into())
        && Params::try_from(hash).is_ok_and(|made_at| made_at == *params);
    !same
}

fn broken(error: password_hash::Error) -> Error {
    Error::internal(format!("argon2: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITTLE: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

    fn quick() -> Passwords {
        Passwords::at(LITTLE, NonZeroU16::MIN).unwrap()
    }

    fn text(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let passwords = Passwords::new(Cost::default(), NonZeroU16::MIN).unwrap();
        let kept = passwords.hash(text("correct horse")).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(!kept.contains("horse"));
        assert_eq!(
            passwords.verify(text("correct horse"), Some(&kept)).await.unwrap(),
            Verdict::Right { needs_rehash: false }
        );
        for wrong in ["correct hors", "Correct horse", "", "correct horse\0"] {
            assert_eq!(passwords.verify(text(wrong), Some(&kept)).await.unwrap(), Verdict::Wrong, "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn a_new_password_is_judged_before_it_is_hashed() {
        let (passwords, ada) = (quick(), "ada".parse().unwrap());
        for weak in ["password123", "short", "Ada Lovelace 1815"] {
            let refused = passwords.accept(text(weak), &ada, "Ada Lovelace").await.unwrap_err();
            assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("password")), "{weak}");
        }
        let kept = passwords.accept(text("plum lantern oboe"), &ada, "Ada Lovelace").await.unwrap();
        let right = passwords.verify(text("plum lantern oboe"), Some(&kept)).await.unwrap();
        assert_eq!(right, Verdict::Right { needs_rehash: false });
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let passwords = quick();
        assert_ne!(passwords.hash(text("same")).await.unwrap(), passwords.hash(text("same")).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_right_and_wants_to_be_made_anew() {
        let before = quick();
        let kept = before.hash(text("correct horse")).await.unwrap();
        assert!(!before.needs_rehash(&kept));
        let now = Passwords::at(Cost { passes: 2, ..LITTLE }, NonZeroU16::MIN).unwrap();
        assert!(now.needs_rehash(&kept));
        assert_eq!(
            now.verify(text("correct horse"), Some(&kept)).await.unwrap(),
            Verdict::Right { needs_rehash: true }
        );
        assert!(now.needs_rehash(&kept.replace("argon2id", "argon2i")), "another algorithm");
        assert!(now.needs_rehash("plain text"));
    }

    #[tokio::test]
    async fn users_who_do_not_exist_cost_the_same_hash() {
        let passwords = quick();
        assert_eq!(passwords.verify(text("anything"), None).await.unwrap(), Verdict::Wrong);
        let real = passwords.hash(text("correct horse")).await.unwrap();
        let (real, nobody) = (PasswordHash::new(&real).unwrap(), PasswordHash::new(&passwords.nobody).unwrap());
        assert_eq!((real.algorithm, real.version, &real.params), (nobody.algorithm, nobody.version, &nobody.params));
        let lengths = |hash: &PasswordHash| (hash.salt.unwrap().len(), hash.hash.unwrap().len());
        assert_eq!(lengths(&real), lengths(&nobody));
    }

    #[tokio::test]
    async fn what_is_kept_and_no_hash_is_a_fault_of_ours_and_not_a_wrong_password() {
        let error = quick().verify(text("x"), Some("not a hash")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Internal);
    }

    #[test]
    fn less_work_than_owasp_advises_is_refused() {
        for cost in [
            Cost { memory: 19 * 1024 - 1, ..Cost::default() },
            Cost { passes: 1, ..Cost::default() },
            Cost { lanes: 0, ..Cost::default() },
        ] {
            assert_eq!(Passwords::new(cost, NonZeroU16::MIN).unwrap_err().code, ErrorCode::Invalid, "{cost:?}");
        }
    }

    #[tokio::test]
    async fn a_full_line_turns_people_away_and_moves_on() {
        let passwords = Arc::new(quick());
        let busy = Arc::clone(&passwords.working).acquire_owned().await.unwrap();
        let waiting: Vec<_> = (0..IN_LINE)
            .map(|_| {
                let passwords = Arc::clone(&passwords);
                tokio::spawn(async move { passwords.verify(text("x"), None).await })
            })
            .collect();
        while passwords.in_line.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(passwords.verify(text("x"), None).await.unwrap_err().code, ErrorCode::TooMany);
        drop(busy);
        for one in waiting {
            assert_eq!(one.await.unwrap().unwrap(), Verdict::Wrong);
        }
        assert_eq!(passwords.verify(text("x"), None).await.unwrap(), Verdict::Wrong);
    }
}
