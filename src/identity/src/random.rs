//! Randomness of the operating system: the only kind that secrets are made of.

use domain::{Error, Result};
use ring::rand::{SecureRandom, SystemRandom};

/// `N` bytes that nobody can foresee.
///
/// # Errors
/// `Internal` when the operating system gives none.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::internal("the operating system gave no random bytes"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_are_alike() {
        assert_ne!(super::bytes::<32>().unwrap(), super::bytes::<32>().unwrap());
    }
}
