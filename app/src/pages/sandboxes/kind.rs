//! Which kind of sandbox is in use, and why: a line on the Overview.

use maud::{Markup, html};

use super::wording;
use crate::components::Shape;
use crate::live::Sandboxes;

/// The line, as text.
#[must_use]
pub fn sandbox_kind(sandboxes: &Sandboxes) -> Markup {
    let Sandboxes { room, why, fix, warnings } = sandboxes;
    let (tone, shape) = match room {
        Some(_) if warnings.is_empty() => ("good", Shape::Sandbox),
        Some(_) => ("warn", Shape::Sandbox),
        None => ("bad", Shape::Warning),
    };
    html! {
        section.sandbox-kind data-tone=(tone) aria-label="Sandboxes" {
            (shape)
            div {
                p {
                    b {
                        @match room {
                            Some(room) => { "Sandboxes by " (wording::room(*room)) }
                            None => "No sandboxes: helpers and commands are refused",
                        }
                    }
                    " " span.sandbox-why { (why) }
                    @if !fix.is_empty() { " " span { (fix) } }
                }
                @if !warnings.is_empty() {
                    details {
                        summary {
                            @match warnings.len() {
                                1 => "One thing to know",
                                more => { (more) " things to know" }
                            }
                        }
                        ul.sandbox-warnings { @for warning in warnings { li { (warning) } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::sandbox::RoomKind;

    use super::*;

    #[test]
    fn the_line_says_which_kind_there_is_and_what_to_know_of_it() {
        let written = |room, fix: &str, warnings: &[&str]| {
            let warnings = warnings.iter().map(|&warning| warning.to_owned()).collect();
            sandbox_kind(&Sandboxes { room, why: "A <reason>.".into(), fix: fix.into(), warnings }).into_string()
        };
        let none = written(None, "Do that.", &[]);
        assert!(none.contains(r#"data-tone="bad""#) && none.contains("No sandboxes"), "{none}");
        assert!(
            none.contains("A &lt;reason&gt;.</span> <span>Do that.</span>") && !none.contains("<details>"),
            "{none}"
        );
        let docker = written(Some(RoomKind::Docker), "", &["One.", "Two."]);
        assert!(docker.contains(r#"data-tone="warn""#) && docker.contains("Sandboxes by Docker"), "{docker}");
        assert!(docker.contains("2 things to know</summary>") && docker.contains("<li>Two.</li>"), "{docker}");
        assert!(written(Some(RoomKind::Namespace), "", &["One."]).contains("One thing to know"));
    }
}
