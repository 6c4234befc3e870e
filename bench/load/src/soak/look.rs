//! People who look at pages: each must come whole, with its title, and without a word of trouble.

use std::rc::Rc;
use std::time::Instant;

use super::dice::Dice;
use super::fault::Fault;
use super::line::{By, Line, Outcome, excerpt};
use super::plan::{LOOK, USERS};
use super::world::World;

/// What only stands in a page that could not show something.
const TROUBLE: [&str; 4] = ["class=\"problem\"", "problem-way", "<p role=\"alert\">", "panicked"];
/// One page in so many is followed by the files that it links, as by a browser that is new here.
const NEW_HERE: usize = 20;
/// After so many pages somebody else looks.
const PAGES_EACH: usize = 20;

/// Looks at pages until nobody begins anything new.
pub(crate) async fn look(world: Rc<World>, reader: usize) {
    let mut dice = Dice::new(5 * USERS + reader);
    while world.pause(dice.around(LOOK)).await {
        // The admin sees pages that nobody else does.
        let admin = dice.one_in(NEW_HERE);
        let who = if admin { &world.owner } else { &world.people[dice.below(USERS)] };
        let mut line = Line::of(&world, who, By::Cookie);
        for _ in 0..PAGES_EACH {
            if !world.pause(dice.around(LOOK)).await {
                return;
            }
            let (path, title) = page(&world, &mut dice, admin);
            let began = Instant::now();
            let Some(html) = fetch(&world, &mut line, &path).await else { continue };
            world.pages.borrow_mut().push(began.elapsed());
            world.count("pages");
            if let Some(trouble) = trouble(&html, &title) {
                world.fault(Fault::error(format!("page {path} {trouble}")));
            }
            if dice.one_in(NEW_HERE) {
                for file in files(&html) {
                    fetch(&world, &mut line, file).await;
                    world.count("files of pages");
                }
            }
        }
    }
}

/// An address, and what the page there is called.
fn page(world: &World, dice: &mut Dice, admin: bool) -> (String, String) {
    let ready = world.ready.borrow();
    let named = |path: &str, title: &str| (path.to_owned(), format!("<title>{title} · TATWATS</title>"));
    match dice.below(10) {
        0 | 1 => named("/", "Overview"),
        2 => named("/conversations", "Conversations"),
        3 | 4 => {
            let at = dice.below(world.conversations.len());
            named(&format!("/conversations/{}", world.conversations[at]), &title_of(at))
        }
        5 => named("/helpers", "Helpers"),
        6 => {
            let helper = &world.helpers[dice.below(world.helpers.len())];
            named(&format!("/helpers/{helper}"), helper)
        }
        7 => named("/projects", "Projects"),
        8 => match ready.get(dice.below(ready.len())) {
            Some(project) => (format!("/projects/{project}"), " · TATWATS</title>".into()),
            None => named("/conversations?q=pods", "Conversations"),
        },
        _ if admin => named("/people", "People"),
        _ => named("/account", "Account"),
    }
}

/// What a conversation is called.
pub(crate) fn title_of(conversation: usize) -> String {
    format!("Conversation {conversation}")
}

/// A page or file, unless the server was away.
async fn fetch(world: &World, line: &mut Line, path: &str) -> Option<String> {
    match line.get(path).await {
        Outcome::Answer(answer) if answer.status == 200 => Some(String::from_utf8_lossy(&answer.body).into_owned()),
        Outcome::Answer(answer) => {
            world.fault(Fault::error(format!("{path} was answered {}: {}", answer.status, excerpt(&answer.body))));
            None
        }
        Outcome::Away => None,
        Outcome::Broken(how) => {
            world.fault(Fault::error(how));
            None
        }
    }
}

/// What is wrong with a page.
fn trouble(html: &str, title: &str) -> Option<String> {
    // Behind the end stands what the page's script begins with.
    if !html.contains("</html>") || !html.trim_end().ends_with('>') {
        return Some(format!("is not whole: {} bytes", html.len()));
    }
    if !html.contains(title) {
        let says = html.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or("nothing");
        return Some(format!("is called {says}, not {title}"));
    }
    let mark = TROUBLE.into_iter().find(|mark| html.contains(mark))?;
    let around: String = html.split(mark).nth(1).unwrap_or_default().chars().take(200).collect();
    Some(format!("tells of trouble: {mark}{around}"))
}

/// The built scripts and styles that a page links.
fn files(html: &str) -> Vec<&str> {
    let mut files: Vec<&str> = html
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.starts_with("/pkg/"))
        .collect();
    files.sort_unstable();
    files.dedup();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_cut_off_called_otherwise_or_in_trouble_is_found() {
        let page = |inner: &str| format!("<html><title>People · TATWATS</title>{inner}</html>\n");
        let title = "<title>People · TATWATS</title>";
        assert_eq!(trouble(&page("<main>Everyone</main>"), title), None);
        assert!(trouble("<html><title>People · TATWATS</title><main>", title).is_some());
        assert_eq!(trouble(&(page("") + "<script>1</script>"), title), None);
        assert!(trouble(&(page("") + "<script>1</scr"), title).is_some());
        assert!(trouble(&page(""), "<title>Overview · TATWATS</title>").is_some());
        assert!(
            trouble(&page("<p class=\"problem\">It broke.</p>"), title).is_some_and(|how| how.contains("It broke"))
        );
    }

    #[test]
    fn the_built_files_of_a_page_are_found_once() {
        let html = "<link href=\"/pkg/a.css\"><link href=\"/pkg/a.js\"><link href=\"/pkg/a.js\"><a href=\"/\">";
        assert_eq!(files(html), ["/pkg/a.css", "/pkg/a.js"]);
    }
}
