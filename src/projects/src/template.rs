//! Built-in templates: versioned, embedded in the program, and deterministic.
//!
//! A template's texts hold marks like `{{title|html}}`: a value and how to write it in that place. The title of a
//! project is hostile input, so every mark names its escaping.

mod fill;
mod leptos;
mod pwa;
mod react;

use domain::sandbox::Limits;

use crate::{ProjectName, ProjectsError, icon};

/// A way from a name to the files of a project.
#[derive(Debug)]
pub struct Template {
    /// Such as `pwa`.
    pub name: &'static str,
    /// Raised whenever its files change.
    pub version: &'static str,
    /// For a list of templates.
    pub title: &'static str,
    /// What it makes, in a sentence.
    pub description: &'static str,
    /// Shell lines that make of its files what is served, in order, run in the project's folder. None when the files
    /// are served as they are.
    pub commands: &'static [&'static str],
    /// The folder that a preview shows, from the project's top folder: `.` for that itself, or one that the commands make.
    pub serves: &'static str,
    /// The image that the commands run in, where sandboxes are made from images. `None` where they need none, or where
    /// no image has their tools: then the machine's own serve.
    pub image: Option<&'static str>,
    /// What the commands need.
    pub needs: &'static [Tool],
    /// What they need more of than a build has by itself. An admin must have allowed that.
    pub limits: Limits,
    sources: &'static [Source],
}

impl Template {
    /// How many files it makes.
    pub fn files(&self) -> usize {
        self.sources.len()
    }
}

/// No more than a build has by itself.
const NO_MORE: Limits = Limits {
    memory_bytes: None,
    cpu_millis: None,
    pids: None,
    open_files: None,
    file_bytes: None,
    work_bytes: None,
    tmp_bytes: None,
    inodes: None,
    output_bytes: None,
    seconds: None,
    network: None,
};

/// A program that a template's commands need.
#[derive(Debug)]
pub struct Tool {
    /// Its name, as it is found in `PATH`.
    pub program: &'static str,
    /// A shell line that succeeds where it will do.
    pub check: &'static str,
    /// What to do where it will not, in a sentence for people.
    pub fix: &'static str,
}

/// One file of a template.
#[derive(Debug)]
struct Source {
    path: &'static str,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Text with marks.
    Text(&'static str),
    /// The project's sigil as SVG.
    Svg,
    /// The project's sigil as PNG of so many pixels.
    Png(u32, icon::Shape),
}

/// A file of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedFile {
    /// From the project's top folder, with slashes.
    pub path: &'static str,
    /// Its contents.
    pub bytes: Vec<u8>,
}

static TEMPLATES: [Template; 3] = [pwa::TEMPLATE, react::TEMPLATE, leptos::TEMPLATE];

/// Every built-in template; the first is the default.
pub fn templates() -> &'static [Template] {
    &TEMPLATES
}

/// The template of that name.
///
/// # Errors
/// [`ProjectsError::UnknownTemplate`], which lists those there are.
pub fn template(name: &str) -> Result<&'static Template, ProjectsError> {
    TEMPLATES.iter().find(|template| template.name == name).ok_or_else(|| ProjectsError::UnknownTemplate {
        name: name.chars().filter(|c| !c.is_control()).take(60).collect(),
        known: TEMPLATES.iter().map(|template| template.name).collect::<Vec<_>>().join(", "),
    })
}

/// Makes the files of a project. The same input gives the same bytes. Draws pictures: run it where blocking is fine.
///
/// # Errors
/// [`ProjectsError::Io`] when an icon cannot be drawn.
pub fn render(template: &Template, name: &ProjectName) -> Result<Vec<RenderedFile>, ProjectsError> {
    let values = fill::Values::of(name, template);
    let file = |source: &Source| {
        let bytes = match source.content {
            Content::Text(text) => fill::fill(text, &values).into_bytes(),
            Content::Svg => icon::svg(name.slug()).into_bytes(),
            Content::Png(size, shape) => icon::png(name.slug(), size, shape)
                .map_err(|source| ProjectsError::Io { action: "draw the icons", source })?,
        };
        Ok(RenderedFile { path: source.path, bytes })
    };
    template.sources.iter().map(file).collect()
}

/// The text file that the template makes at `path`, without making the others.
pub(crate) fn text(template: &Template, name: &ProjectName, path: &str) -> Option<String> {
    let source = template.sources.iter().find(|source| source.path == path)?;
    match source.content {
        Content::Text(text) => Some(fill::fill(text, &fill::Values::of(name, template))),
        Content::Svg | Content::Png(..) => None,
    }
}

/// A template of one page, with other commands, for tests.
#[cfg(test)]
pub(crate) const fn page(commands: &'static [&'static str], needs: &'static [Tool]) -> Template {
    let sources: &[Source] = &[
        Source { path: ".gitignore", content: Content::Text("dist/\nnode_modules/\n") },
        Source { path: "index.html", content: Content::Text("<h1>{{title|html}}</h1>\n") },
    ];
    Template { commands, needs, serves: "dist", sources, ..pwa::TEMPLATE }
}

#[cfg(test)]
#[path = "template/tests.rs"]
mod tests;
