//! The images that containers are made from, made by us: no step needs a registry that cannot be reached.

mod debian;
mod import;
mod pull;
mod tree;

use std::path::PathBuf;

use bollard::models::ImageInspect;
use bollard::query_parameters::{RemoveImageOptions, TagImageOptionsBuilder};
use bytes::Bytes;
use ring::digest::{Context, SHA256};

use super::engine::{Engine, PATIENCE, call};
use crate::Fault;
use crate::rooms::Image;

/// What is in our images apart from the program. To be raised when that changes.
const LAYOUT: &[u8] = b"2";
/// How much an image grows before more is told of it.
const STRIDE: u64 = 1 << 20;

/// What an image is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// Nothing: our program alone.
    Scratch,
    /// Another image, by its name. Pulled from its registry when the engine does not have it.
    Base(String),
    /// Packages of this machine's Debian, by its own `apt-get`.
    Debian,
    /// A tar archive of a root file system, in a file.
    Archive(PathBuf),
}

impl From {
    /// What `image` is made from unless somebody says otherwise.
    #[must_use]
    pub fn usual(image: Image) -> Self {
        match image {
            Image::Helper => Self::Scratch,
            Image::Node => Self::Base("docker.io/library/node:22-bookworm-slim".into()),
            Image::Python => Self::Base("docker.io/library/python:3.13-slim-bookworm".into()),
        }
    }

    /// In a few words.
    fn described(&self) -> String {
        match self {
            Self::Scratch => "scratch".into(),
            Self::Base(name) => name.clone(),
            Self::Debian => "Debian's packages".into(),
            Self::Archive(_) => "an archive".into(),
        }
    }
}

/// How far making an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which step it is at, from 1.
    pub step: u32,
    /// How many steps there are.
    pub total: u32,
    /// What it does, for people.
    pub text: String,
    /// How many bytes of this step are done, and of how many where that is known.
    pub bytes: Option<(u64, Option<u64>)>,
}

/// An image that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its name, with its version.
    pub name: String,
    /// Its id.
    pub id: String,
    /// How large it is, in bytes.
    pub bytes: u64,
}

/// The names of our images, and the program that is in each of them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Images {
    prefix: String,
    program: Bytes,
    version: String,
}

impl Images {
    /// Images named `prefix/…` around the statically linked `program`.
    #[must_use]
    pub fn new(prefix: impl Into<String>, program: impl Into<Bytes>) -> Self {
        let program = program.into();
        let mut hash = Context::new(&SHA256);
        hash.update(LAYOUT);
        hash.update(&program);
        let version = hash.finish().as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { prefix: prefix.into(), program, version }
    }

    /// The images that a server uses, around the program that it carries along.
    #[must_use]
    pub fn ours() -> Self {
        Self::new("tatwats", crate::program::program())
    }

    /// The name of `image` in the version that fits this program.
    #[must_use]
    pub fn name(&self, image: Image) -> String {
        format!("{}/{}:{}", self.prefix, image.name(), self.version)
    }

    /// Whether the engine has `image` in this version.
    ///
    /// # Errors
    /// `Infrastructure` when the engine fails.
    pub async fn has(&self, engine: &Engine, image: Image) -> Result<bool, Fault> {
        Ok(find(engine, &self.name(image)).await?.is_some())
    }

    /// Makes `image` and tells of each step. One of that name that is there is replaced; containers made from it go on.
    ///
    /// # Errors
    /// `Refused` when it cannot be made that way, naming the fix; `Infrastructure` when the engine fails.
    pub async fn build(
        &self,
        engine: &Engine,
        image: Image,
        from: &From,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Made, Fault> {
        fits(engine).await?;
        let name = self.name(image);
        // Half an image never has the name of a whole one, however this ends.
        let unfinished = format!("{name}-unfinished");
        let import = import::Import { engine, name: &unfinished, image, from: from.described() };
        let filled = self.fill(import, image, from, &mut progress).await;
        let finished = match filled {
            Ok(()) => self.finish(engine, &unfinished, image).await,
            failed => failed,
        };
        forget(engine, &unfinished).await?;
        finished?;
        let made = find(engine, &name).await?.ok_or(Fault::NoImage { image: image.name() })?;
        let bytes = made.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        Ok(Made { name, id: made.id.unwrap_or_default(), bytes })
    }

    /// Gives an image its name.
    async fn finish(&self, engine: &Engine, unfinished: &str, image: Image) -> Result<(), Fault> {
        let repo = format!("{}/{}", self.prefix, image.name());
        let options = TagImageOptionsBuilder::new().repo(&repo).tag(&self.version).build();
        call(PATIENCE, engine.docker.tag_image(unfinished, Some(options)))
            .await
            .map_err(|trouble| engine.fault("naming an image", trouble))
    }

    async fn fill(
        &self,
        import: import::Import<'_>,
        image: Image,
        from: &From,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<(), Fault> {
        let program = self.program.clone();
        match from {
            From::Scratch if image != Image::Helper => Err(Fault::Refused(format!(
                "The image “{}” needs tools, which there are none of in nothing: name a base, or take Debian's packages.",
                image.name()
            ))),
            From::Scratch => import.run((1, 1), progress, move |tree| tree.finish(&program)).await,
            From::Archive(path) => {
                let path = path.clone();
                let fill = move |tree: &mut tree::Tree| {
                    tree.copy(std::fs::File::open(path)?, tree::as_it_is)?;
                    tree.finish(&program)
                };
                import.run((1, 1), progress, fill).await
            }
            From::Base(base) => pull::build(import, base, program, progress).await,
            From::Debian => debian::build(import, image, program, progress).await,
        }
    }
}

/// Takes a name of an image away, and the image with the last of its names.
async fn forget(engine: &Engine, name: &str) -> Result<(), Fault> {
    match call(PATIENCE, engine.docker.remove_image(name, None::<RemoveImageOptions>, None)).await {
        Ok(_) => Ok(()),
        Err(trouble) if trouble.status() == Some(404) => Ok(()),
        Err(trouble) => Err(engine.fault("removing an image", trouble)),
    }
}

/// The image of that name, if the engine has it.
async fn find(engine: &Engine, name: &str) -> Result<Option<ImageInspect>, Fault> {
    match call(PATIENCE, engine.docker.inspect_image(name)).await {
        Ok(found) => Ok(Some(found)),
        Err(trouble) if trouble.status() == Some(404) => Ok(None),
        Err(trouble) => Err(engine.fault("looking for an image", trouble)),
    }
}

/// Whether the engine's machine can run our program, which is for machines like this one.
async fn fits(engine: &Engine) -> Result<(), Fault> {
    let version = call(PATIENCE, engine.docker.version())
        .await
        .map_err(|trouble| engine.fault("telling its version", trouble))?;
    let ours = architecture();
    match version.arch.as_deref() {
        Some(theirs) if theirs != ours && theirs != std::env::consts::ARCH => Err(Fault::Refused(format!(
            "The engine at {} runs programs for {theirs}, and this TATWATS is one for {ours}.",
            engine.address()
        ))),
        _ => Ok(()),
    }
}

/// What Docker and Debian call the machines that this program is for.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_images_name_follows_the_program() {
        let one = Images::new("tatwats", &b"one"[..]);
        assert!(one.name(Image::Node).starts_with("tatwats/node:"), "{}", one.name(Image::Node));
        assert_eq!(one.name(Image::Node), Images::new("tatwats", &b"one"[..]).name(Image::Node));
        assert_ne!(one.name(Image::Node), Images::new("tatwats", &b"two"[..]).name(Image::Node));
    }
}
