//! The server functions as their sources have them: where each stands, how it is called, and what it does.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::http::{Ask, ask, get};

/// A server function, from its attribute to its last brace.
#[derive(Debug)]
pub(crate) struct Function {
    /// The last part of its path.
    pub(crate) endpoint: String,
    /// Whether it is asked for with GET.
    pub(crate) by_get: bool,
    /// Whether it takes its arguments as JSON; else as a form does.
    pub(crate) by_json: bool,
    /// Its file and line.
    pub(crate) place: String,
    /// Its own lines, without remarks.
    pub(crate) body: String,
}

impl Function {
    /// Whether it finds out who asks, and so has someone whose rights can be looked at.
    pub(crate) fn asks_who(&self) -> bool {
        ["server::actor()", "server::view()", "server::caller()", "server::current_user()"]
            .iter()
            .any(|guard| self.body.contains(guard))
    }
}

/// All of them, by endpoint.
pub(crate) fn all() -> Vec<Function> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src"), &mut files);
    let mut found: Vec<Function> = files.iter().flat_map(|file| of_file(file)).collect();
    found.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
    found
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

fn of_file(file: &Path) -> Vec<Function> {
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let starts = lines.iter().enumerate().filter(|(_, line)| {
        let line = line.trim_start();
        // An argument's own attribute is `#[server(default)]`.
        line.starts_with("#[server") && !line.starts_with("#[server(default")
    });
    starts
        .map(|(number, line)| {
            let indent = &line[..line.len() - line.trim_start().len()];
            let end = format!("{indent}}}");
            let rest = lines[number..].iter().take_while(|line| **line != end);
            let body: Vec<&str> = rest.filter(|line| !line.trim_start().starts_with("//")).copied().collect();
            function(file, number + 1, &body.join("\n"))
        })
        .collect()
}

fn function(file: &Path, line: usize, text: &str) -> Function {
    let place = format!("{}:{line}", file.display());
    let (attribute, body) = text.split_once(")]").unwrap_or_else(|| panic!("{place}: its attribute has no end"));
    let (_, named) = attribute.split_once("endpoint = \"").unwrap_or_else(|| panic!("{place}: it has no endpoint"));
    let endpoint = named.split('"').next().unwrap_or_default().to_owned();
    let (by_get, by_json) = (attribute.contains("input = GetUrl"), attribute.contains("input = Json"));
    Function { endpoint, by_get, by_json, place, body: body.to_owned() }
}

/// Arguments that every server function can read, each with what it takes; those of the same name mean the same, but
/// for `name`, `id` and `project`.
pub(crate) struct Arguments(pub(crate) Vec<(&'static str, String)>);

impl Arguments {
    /// Asks for `function` with them.
    pub(crate) fn ask(&self, function: &Function, to: SocketAddr) -> Ask {
        let path = format!("/api/fn/{}", function.endpoint);
        let given: Vec<_> = self.0.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if function.by_get {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
            get(to, &format!("{path}?{query}"))
        } else if function.by_json {
            let mut object: serde_json::Map<_, _> =
                given.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            object.insert("window".into(), "Newest".into());
            ask(to, "POST", &path).json(&object.into())
        } else {
            ask(to, "POST", &path).form(&given)
        }
    }
}
