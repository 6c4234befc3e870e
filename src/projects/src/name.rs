//! Names of projects: a slug that is safe as folder, DNS label and URL, and a title for people.

use std::fmt;

/// Shortest slug, in characters.
const MIN: usize = 3;
/// Longest slug, in characters.
const MAX: usize = 40;
/// Longest title, in characters.
const MAX_TITLE: usize = 80;

/// Slugs that mean something else: hosts and paths of the workshop, and device names of Windows.
const RESERVED: &[&str] = &[
    "admin",
    "api",
    "app",
    "apps",
    "assets",
    "aux",
    "com1",
    "com2",
    "com3",
    "com4",
    "com5",
    "com6",
    "com7",
    "com8",
    "com9",
    "con",
    "git",
    "health",
    "healthz",
    "helper",
    "helpers",
    "invalid",
    "local",
    "localhost",
    "lpt1",
    "lpt2",
    "lpt3",
    "lpt4",
    "lpt5",
    "lpt6",
    "lpt7",
    "lpt8",
    "lpt9",
    "mail",
    "new",
    "nul",
    "pkg",
    "preview",
    "prn",
    "project",
    "projects",
    "public",
    "readyz",
    "root",
    "settings",
    "staging",
    "static",
    "system",
    "tatwats",
    "test",
    "workshop",
    "www",
];

/// A checked name. The slug matches `[a-z][a-z0-9-]{1,38}[a-z0-9]`, has no double dash and is not reserved;
/// the title is one line of 1 to 80 characters and otherwise **hostile**: escape it wherever it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub struct ProjectName {
    slug: String,
    title: String,
}

impl ProjectName {
    /// Checks a slug and takes the title from it: `pod-tracker` is titled “Pod Tracker”.
    ///
    /// # Errors
    /// The rule that is broken, and a slug that would do.
    pub fn parse(slug: &str) -> Result<Self, NameError> {
        check_slug(slug)?;
        Ok(Self { slug: slug.to_owned(), title: title_of(slug) })
    }

    /// Checks a slug, with a title of its own. White space in the title is collapsed.
    ///
    /// # Errors
    /// The rule that is broken, and a slug that would do.
    pub fn with_title(slug: &str, title: &str) -> Result<Self, NameError> {
        check_slug(slug)?;
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let rule = match title.chars().count() {
            0 => Some(NameRule::TitleEmpty),
            n if n > MAX_TITLE => Some(NameRule::TitleTooLong(n)),
            _ => title.chars().any(invisible).then_some(NameRule::TitleInvisible),
        };
        match rule {
            Some(rule) => Err(NameError { given: title, rule, suggestion: None }),
            None => Ok(Self { slug: slug.to_owned(), title }),
        }
    }

    /// The name of folder, host and URL.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The name people read.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The title cut to what fits under an icon on a home screen (12 characters), at a word where possible.
    pub fn short_title(&self) -> String {
        const FIT: usize = 12;
        if self.title.chars().count() <= FIT {
            return self.title.clone();
        }
        let mut short = String::new();
        for word in self.title.split(' ') {
            if short.chars().count() + word.chars().count() + 1 > FIT {
                break;
            }
            if !short.is_empty() {
                short.push(' ');
            }
            short.push_str(word);
        }
        if short.is_empty() { self.title.chars().take(FIT).collect() } else { short }
    }
}

/// The rule a name breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameRule {
    /// No slug at all.
    Empty,
    /// Fewer than 3 characters.
    TooShort,
    /// More than 40 characters; how many.
    TooLong(usize),
    /// The first character is not a letter `a` to `z`.
    FirstNotLetter,
    /// A character that is not `a` to `z`, `0` to `9` or a dash.
    Character(char),
    /// A dash at the end.
    LastIsDash,
    /// Two dashes in a row.
    DoubleDash,
    /// A word that means something else in the workshop, on the web or to an operating system.
    Reserved,
    /// The title has nothing to see.
    TitleEmpty,
    /// The title has more than 80 characters; how many.
    TitleTooLong(usize),
    /// The title has control or direction characters, which would make it look like something else.
    TitleInvisible,
}

/// A name that was refused: which rule it breaks, and what would do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    /// What was given, shortened to 60 characters when shown.
    pub given: String,
    /// The rule it breaks.
    pub rule: NameRule,
    /// A slug that follows every rule, when one can be made from what was given.
    pub suggestion: Option<String>,
}

impl std::error::Error for NameError {}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given: String = self.given.chars().filter(|c| !invisible(*c)).take(60).collect();
        match &self.rule {
            NameRule::Empty => write!(f, "A project needs a name"),
            NameRule::TooShort => {
                write!(f, "The project name “{given}” is too short: it needs at least {MIN} characters")
            }
            NameRule::TooLong(n) => {
                write!(f, "The project name “{given}” is too long: {n} characters, and {MAX} is the most")
            }
            NameRule::FirstNotLetter => {
                write!(f, "The project name “{given}” must start with a lower-case letter, a to z")
            }
            NameRule::Character(c) if invisible(*c) => {
                write!(f, "The project name “{given}” holds an invisible character (U+{:04X})", u32::from(*c))
            }
            NameRule::Character(' ') => {
                write!(f, "The project name “{given}” holds a space: put a dash between words")
            }
            NameRule::Character(c) => write!(
                f,
                "The project name “{given}” holds “{c}”: only lower-case letters a to z, digits and dashes are allowed"
            ),
            NameRule::LastIsDash => {
                write!(f, "The project name “{given}” must end with a letter or a digit, not a dash")
            }
            NameRule::DoubleDash => write!(f, "The project name “{given}” holds two dashes in a row: one is enough"),
            NameRule::Reserved => write!(f, "The project name “{given}” is reserved"),
            NameRule::TitleEmpty => write!(f, "The title is empty: give it at least one character that can be seen"),
            NameRule::TitleTooLong(n) => {
                write!(f, "The title is too long: {n} characters, and {MAX_TITLE} is the most")
            }
            NameRule::TitleInvisible => {
                write!(f, "The title “{given}” holds control or direction characters: take them out")
            }
        }?;
        match &self.suggestion {
            Some(slug) => write!(f, ". Try “{slug}”."),
            None if self.rule == NameRule::Empty => write!(f, ", for example “pod-tracker”."),
            None => write!(f, "."),
        }
    }
}

fn check_slug(slug: &str) -> Result<(), NameError> {
    match broken_rule(slug) {
        None => Ok(()),
        Some(rule) => Err(NameError { given: slug.to_owned(), rule, suggestion: suggest(slug) }),
    }
}

fn broken_rule(slug: &str) -> Option<NameRule> {
    let length = slug.chars().count();
    let strange = |c: &char| !matches!(c, 'a'..='z' | '0'..='9' | '-');
    if slug.is_empty() {
        Some(NameRule::Empty)
    } else if let Some(c) = slug.chars().find(strange) {
        Some(NameRule::Character(c))
    } else if !slug.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some(NameRule::FirstNotLetter)
    } else if slug.ends_with('-') {
        Some(NameRule::LastIsDash)
    } else if slug.contains("--") {
        Some(NameRule::DoubleDash)
    } else if length < MIN {
        Some(NameRule::TooShort)
    } else if length > MAX {
        Some(NameRule::TooLong(length))
    } else if RESERVED.contains(&slug) {
        Some(NameRule::Reserved)
    } else {
        None
    }
}

/// A slug near to what was given that follows every rule.
fn suggest(given: &str) -> Option<String> {
    let mut slug = String::new();
    // A little more than fits is enough to look at, however long the input.
    for c in given.chars().take(4 * MAX).flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => slug.push_str(letters),
            None if c.is_ascii_alphanumeric() => slug.push(c),
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    let slug = slug.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let slug: String = slug.chars().take(MAX).collect();
    let slug = slug.trim_end_matches('-');
    [slug.to_owned(), format!("{slug}-app"), format!("my-{slug}")].into_iter().find(|s| broken_rule(s).is_none())
}

/// The usual plain spelling of a Latin letter with a mark.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ō' => "o",
        'ö' | 'ø' | 'œ' => "oe",
        'ř' => "r",
        'ß' => "ss",
        'ś' | 'š' => "s",
        'ť' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

fn title_of(slug: &str) -> String {
    let word = |w: &str| {
        let mut letters = w.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    slug.split('-').map(word).collect::<Vec<_>>().join(" ")
}

/// Control characters, and those that reorder or hide what stands beside them.
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
#[path = "name_tests.rs"]
mod tests;
