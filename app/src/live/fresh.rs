//! Loading anew what a page shows: one load at a time, and one more when it was asked for meanwhile.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::error::AppError;

/// Where a load stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Idle,
    Loading,
    /// Loading, and asked for again since.
    Stale,
}

impl Stage {
    /// Asked for: tells whether to begin.
    fn ask(&mut self) -> bool {
        let begin = *self == Self::Idle;
        *self = if begin { Self::Loading } else { Self::Stale };
        begin
    }

    /// Loaded: tells whether to load once more.
    fn end(&mut self) -> bool {
        let more = *self == Self::Stale;
        *self = if more { Self::Loading } else { Self::Idle };
        more
    }
}

/// Something to call whenever what was loaded may have changed: hands what it is now to `put`.
pub fn loads_anew<T, F>(
    load: impl Fn() -> F + Copy + Send + Sync + 'static,
    put: impl Fn(Result<T, AppError>) + Copy + Send + Sync + 'static,
) -> Callback<()>
where
    F: Future<Output = Result<T, AppError>> + 'static,
    T: 'static,
{
    let stage = StoredValue::new(Stage::default());
    Callback::new(move |()| {
        // A page that was left is asked for nothing more.
        if stage.try_update_value(Stage::ask) != Some(true) {
            return;
        }
        spawn_local(async move {
            loop {
                let loaded = load().await;
                let more = stage.try_update_value(Stage::end);
                if more == Some(false) {
                    put(loaded);
                }
                if more != Some(true) {
                    break;
                }
            }
        });
    })
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn however_often_it_is_asked_for_meanwhile_it_is_loaded_once_more() {
        let mut stage = Stage::default();
        assert!(stage.ask());
        assert!(!stage.ask() && !stage.ask());
        assert!(stage.end());
        assert!(!stage.end());
        assert!(stage.ask());
    }
}
