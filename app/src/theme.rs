//! Light, dark, or as the system has it: chosen by the viewer, kept in a cookie, known before the first byte.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::json::Json;

/// The name of the cookie that keeps the choice.
pub const COOKIE: &str = "theme";

/// The theme that the viewer chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Warm paper and ink.
    Light,
    /// Deep ink-blue.
    Dark,
}

impl Theme {
    /// Every choice, in the order shown.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As written in the cookie and in `data-theme`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The value of `data-theme`; none: the system decides.
    #[must_use]
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            other => Some(other.name()),
        }
    }

    /// The choice in a `Cookie` header, `System` when there is none.
    #[must_use]
    pub fn of_cookies(header: &str) -> Self {
        let value = header.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE);
        Self::ALL.into_iter().find(|theme| value.is_some_and(|(_, value)| value == theme.name())).unwrap_or_default()
    }

    /// The `Set-Cookie` (and `document.cookie`) text that keeps the choice for a year.
    #[must_use]
    pub fn cookie(self) -> String {
        format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", self.name())
    }

    /// The choice of whoever made the request being answered.
    #[must_use]
    pub fn of_request() -> Self {
        #[cfg(feature = "ssr")]
        {
            crate::server::header("cookie").map(|cookies| Self::of_cookies(&cookies)).unwrap_or_default()
        }
        #[cfg(not(feature = "ssr"))]
        {
            Self::default()
        }
    }
}

/// Keeps the choice in a cookie. Called by the form when there is no JavaScript.
///
/// # Errors
/// None of its own.
#[server(prefix = "/api/fn", endpoint = "choose_theme", output = Json)]
pub async fn choose_theme(
    /// The choice.
    theme: Theme,
) -> Result<(), AppError> {
    crate::server::set_cookie(&theme.cookie());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_read_from_among_other_cookies_and_nonsense_means_system() {
        assert_eq!(Theme::of_cookies("a=b; theme=dark; c=d"), Theme::Dark);
        assert_eq!(Theme::of_cookies("theme=purple"), Theme::System);
        assert_eq!(Theme::of_cookies(""), Theme::System);
        assert!(Theme::Light.cookie().starts_with("theme=light; Path=/;"));
    }
}
