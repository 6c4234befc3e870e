//! Puts the built app together, and serves it.
//!
//! - `server export [FOLDER]`: adds everything that is not compiled to the compiled app in the folder (`dist`);
//! - `server serve [FOLDER]`: serves the folder, at `ADDRESS` (127.0.0.1:8000).

mod export;
mod serve;

use std::{env, error::Error, path::PathBuf};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let command = arguments.next();
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "dist".to_owned()));
    match command.as_deref() {
        Some("export") => {
            let files = export::export(&folder)?;
            println!("{}: {} files", folder.display(), files);
            Ok(())
        }
        Some("serve") => {
            let address = env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:8000".to_owned());
            Ok(serve::serve(&folder, &address).await?)
        }
        _ => Err("say what to do: export or serve, and a folder other than dist".into()),
    }
}
