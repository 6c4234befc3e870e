//! Writes the files of a template into a folder: `cargo run -p projects --example render -- react pod-tracker FOLDER`.

use std::path::PathBuf;
use std::{env, error::Error, fs};

use projects::{ProjectName, template};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [template, name, folder] = arguments.as_slice() else {
        return Err("say which template, a project's name and a folder".into());
    };
    for file in template::render(template::template(template)?, &ProjectName::parse(name)?)? {
        let path = PathBuf::from(folder).join(file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, file.bytes)?;
    }
    Ok(())
}
