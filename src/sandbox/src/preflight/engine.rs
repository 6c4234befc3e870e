//! The engine: whether one answers, what it is, and whether it can keep guests within limits.

use std::error::Error;
use std::io;

use bollard::models::{SystemInfo, SystemVersion};

use super::kernel::Kernel;
use super::{Fact, Missing, escapes, fact};
use crate::rooms::Image;
use crate::rooms::docker::{Address, Engine, Images, is_podman};
use crate::{Fault, Settings};

/// An engine that can be used.
#[derive(Debug, Clone)]
pub struct EngineFacts {
    /// The engine itself.
    pub engine: Engine,
    /// What it is: `Docker 28.2.2`, `Podman 5.4.0`.
    pub name: String,
    /// The version of Docker's interface that is spoken with it.
    pub api: String,
    /// Whether it runs without root's rights.
    pub rootless: bool,
    /// How it keeps images.
    pub storage: Option<String>,
    /// The version of control groups by which it limits.
    pub cgroups: Option<String>,
    /// By what it starts containers, with its version: `runc 1.3.3`.
    pub runtime: Option<String>,
    /// The kernel it runs on, as that calls itself.
    pub kernel: Option<String>,
    /// Whether it has a filter on system calls of its own.
    pub seccomp: bool,
    /// Whether it limits swap, or else only what is in memory.
    pub swap: bool,
    /// Which images are there in the version that is needed.
    pub images: Vec<(Image, bool)>,
}

/// Asks the engines that there may be, and takes the first that answers and can keep guests within limits.
pub(super) async fn look(
    settings: &Settings,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<EngineFacts, Missing> {
    let candidates = Address::candidates(settings, environment)
        .map_err(|fault| Missing::new(fault.to_string(), "Change engine in the section [sandbox] of the settings."))?;
    let mut missing: Vec<Told> = Vec::new();
    for address in candidates {
        match ask(address).await {
            Ok(facts) => return Ok(facts),
            Err(told) => missing.push(told),
        }
    }
    // What was nearest to an engine says most; of what is equal, what was looked for first.
    missing.sort_by_key(|told| std::cmp::Reverse(told.nearness));
    let nowhere = || Missing::new("There is no engine.", "Start one.");
    Err(missing.into_iter().next().map_or_else(nowhere, |told| told.missing))
}

async fn ask(address: Address) -> Result<EngineFacts, Told> {
    let engine = Engine::connect(address.clone()).await.map_err(|fault| why_not(&address, &fault))?;
    let (version, info) = engine.describe().await.map_err(|fault| why_not(&address, &fault))?;
    can_limit(&engine, &info).map_err(|missing| Told { nearness: 4, missing })?;
    let mut facts = facts(engine, &version, &info);
    let ours = Images::ours();
    for image in Image::ALL {
        let there = ours.has(&facts.engine, image).await.map_err(|fault| why_not(&address, &fault))?;
        facts.images.push((image, there));
    }
    Ok(facts)
}

/// Why an engine cannot be used, and how near it was to that.
struct Told {
    nearness: u8,
    missing: Missing,
}

fn why_not(address: &Address, fault: &Fault) -> Told {
    let (nearness, why, fix) = match kind(fault) {
        Some(io::ErrorKind::NotFound) => (
            0,
            format!("There is no engine at {address}."),
            "Install Docker or Podman and start it, or say where it is: engine in the section [sandbox] of the settings.",
        ),
        Some(io::ErrorKind::ConnectionRefused) => (
            1,
            format!("Nobody answers at {address}."),
            "Start the engine there (systemctl start docker), or say where another is: engine in the section [sandbox].",
        ),
        Some(io::ErrorKind::PermissionDenied) => (
            2,
            format!("This server may not use the engine at {address}."),
            "Start a rootless engine as the server’s user, or let that user into the group docker, which gives it root’s rights.",
        ),
        _ => (
            3,
            match fault {
                Fault::Refused(why) => why.clone(),
                _ => format!("The engine at {address} does not answer as one: {}.", innermost(fault)),
            },
            "See that it is a Docker or Podman engine, that it is well (docker version), and that the certificates fit, then start the server again.",
        ),
    };
    Told { nearness, missing: Missing::new(why, fix) }
}

/// What the operating system said, if it was that.
fn kind(fault: &Fault) -> Option<io::ErrorKind> {
    let mut error: &(dyn Error + 'static) = fault;
    loop {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        // It hands on what its cause says, and not the cause.
        if let Some(bollard::errors::Error::IOError { err }) = error.downcast_ref() {
            return Some(err.kind());
        }
        error = error.source()?;
    }
}

/// The first cause, which says most.
fn innermost(fault: &Fault) -> String {
    let mut error: &dyn Error = fault;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string().trim_end_matches('.').to_owned()
}

/// Whether it can limit what guests use: one without root's rights often cannot.
fn can_limit(engine: &Engine, info: &SystemInfo) -> Result<(), Missing> {
    let lacking = lacking(info);
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Missing::new(
        format!("The engine at {} cannot limit {} of containers.", engine.address(), lacking.join(" and ")),
        "Let it make control groups: on a system with version 2 of them, delegate cpu, memory and pids to its user (systemctl edit user@.service).",
    ))
}

fn lacking(info: &SystemInfo) -> Vec<&'static str> {
    [("memory", info.memory_limit), ("processor time", info.cpu_cfs_quota), ("processes", info.pids_limit)]
        .into_iter()
        // What it does not tell, it tells when a container is made.
        .filter_map(|(name, can)| (can == Some(false)).then_some(name))
        .collect()
}

fn facts(engine: Engine, version: &SystemVersion, info: &SystemInfo) -> EngineFacts {
    let options: Vec<&str> = info.security_options.iter().flatten().map(String::as_str).collect();
    let has = |name: &str| options.iter().any(|option| option.split(',').any(|part| part == name));
    let maker = if is_podman(version) { "Podman" } else { "Docker" };
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    EngineFacts {
        name: format!("{maker} {}", filled(&version.version).unwrap_or_else(|| "of an unknown version".into())),
        api: engine.api().to_owned(),
        rootless: has("name=rootless"),
        storage: filled(&info.driver),
        cgroups: info.cgroup_version.as_ref().map(ToString::to_string).filter(|version| !version.is_empty()),
        runtime: runtime(version),
        kernel: filled(&info.kernel_version).or_else(|| filled(&version.kernel_version)),
        seccomp: has("name=seccomp") && !has("profile=unconfined"),
        swap: info.swap_limit != Some(false),
        images: Vec::new(),
        engine,
    }
}

/// What starts containers, with its version and that of its package, by the parts that an engine names.
fn runtime(version: &SystemVersion) -> Option<String> {
    version.components.iter().flatten().find_map(|part| {
        let name = part.name.to_lowercase();
        let name = ["runc", "crun", "youki"].into_iter().find(|known| name.contains(known))?;
        // Podman writes out all that the runtime says: “runc version 1.1.5”.
        let first = part.version.lines().next().unwrap_or_default();
        let bare = first.split_whitespace().last().unwrap_or_default();
        let package =
            part.details.iter().flatten().find(|(key, _)| *key == "GitCommit").map(|(_, value)| value.as_str());
        let package = package.filter(|package| package.starts_with(bare) && *package != bare);
        (!bare.is_empty()).then(|| format!("{name} {}", package.unwrap_or(bare)))
    })
}

impl EngineFacts {
    pub(super) fn facts(&self) -> Vec<Fact> {
        let rights = if self.rootless { "without root’s rights" } else { "as root" };
        let mut facts = vec![
            fact("engine", format!("{} at {}, interface {}", self.name, self.engine.address(), self.api)),
            fact("engine runs", rights),
        ];
        let known = [
            ("engine’s runtime", self.runtime.clone()),
            ("engine’s storage", self.storage.clone()),
            ("engine’s control groups", self.cgroups.as_ref().map(|version| format!("version {version}"))),
            ("engine’s kernel", self.kernel.as_ref().map(|kernel| format!("Linux {kernel}"))),
        ];
        facts.extend(known.into_iter().filter_map(|(name, value)| Some(fact(name, value?))));
        facts.extend(self.images.iter().map(|(image, there)| {
            let value = match (there, image) {
                (true, _) => "built".to_owned(),
                (false, Image::Helper) => "is built when it is needed".to_owned(),
                (false, _) => format!("not built (tatwats sandbox build {})", image.name()),
            };
            fact(&format!("image {}", image.name()), value)
        }));
        facts
    }

    /// What is to be said of the kernel it runs on, which may be that of this machine.
    pub(super) fn kernel_warnings(&self, own: &Kernel) -> Vec<String> {
        match &self.kernel {
            Some(release) if *release != own.release => Kernel::of(release, "", "").warnings(),
            _ => own.warnings(),
        }
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.rootless {
            warnings.push(format!(
                "{} runs as root: whoever broke out of a container would be root of that machine. A rootless engine is \
                 recommended.",
                self.name
            ));
        }
        if let Some(version) = self.runtime.as_ref().and_then(|runtime| runtime.strip_prefix("runc ")) {
            warnings.extend(escapes::of_runc(version));
        }
        if !self.seccomp {
            warnings.push(format!("{} has no filter on system calls of its own. Ours stays on.", self.name));
        }
        if !self.swap {
            warnings.push(format!(
                "{} cannot limit swap: guests that use up their memory may go on slowly instead of being ended. Start the \
                 kernel with swapaccount=1, or switch swap off.",
                self.name
            ));
        }
        if self.engine.is_podman() {
            warnings.push(
                "Podman cannot limit the number of files that guests make: only the memory that they take is limited."
                    .to_owned(),
            );
        }
        if self.engine.address().is_exposed() {
            warnings.push(format!(
                "The engine at {} is spoken to without TLS: whoever can reach it is root there. Name a folder with its \
                 certificates: tls in the section [sandbox] of the settings.",
                self.engine.address()
            ));
        }
        if !self.engine.address().is_local() {
            warnings.push(format!(
                "The engine at {} is not at a socket of this machine, so the network “registries” cannot be had.",
                self.engine.address()
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::SystemVersionComponents;

    #[test]
    fn an_engine_that_cannot_limit_is_told_by_what_it_lacks() {
        for (memory, cpu, pids, expected) in [
            (Some(true), Some(true), Some(true), &[][..]),
            (None, None, None, &[]),
            (Some(false), Some(true), Some(true), &["memory"]),
            (Some(false), Some(false), Some(false), &["memory", "processor time", "processes"]),
        ] {
            let info =
                SystemInfo { memory_limit: memory, cpu_cfs_quota: cpu, pids_limit: pids, ..SystemInfo::default() };
            assert_eq!(lacking(&info), expected);
        }
    }

    #[test]
    fn the_runtime_is_found_among_the_parts() {
        let part = |name: &str, version: &str, commit: &str| SystemVersionComponents {
            name: name.into(),
            version: version.into(),
            details: Some([("GitCommit".to_owned(), commit.to_owned())].into()),
        };
        for (parts, expected) in [
            (
                vec![part("Engine", "20.10.24", ""), part("runc", "1.1.5+ds1", "1.1.5+ds1-1+deb12u1")],
                Some("runc 1.1.5+ds1-1+deb12u1"),
            ),
            (vec![part("runc", "1.3.3", "v1.3.3-0-gd842d771")], Some("runc 1.3.3")),
            (vec![part("OCI Runtime (crun)", "crun version 1.8.1\ncommit: x", "")], Some("crun 1.8.1")),
            (vec![part("Podman Engine", "4.3.1", "")], None),
        ] {
            let version = SystemVersion { components: Some(parts), ..SystemVersion::default() };
            assert_eq!(runtime(&version).as_deref(), expected);
        }
    }

    #[test]
    fn why_there_is_no_engine_goes_by_what_happened() {
        let address = Address::Unix("/run/docker.sock".into());
        for (kind, nearness, fix) in [
            (io::ErrorKind::NotFound, 0, "Install Docker"),
            (io::ErrorKind::ConnectionRefused, 1, "systemctl start docker"),
            (io::ErrorKind::PermissionDenied, 2, "rootless"),
            (io::ErrorKind::TimedOut, 3, "docker version"),
        ] {
            let told = why_not(&address, &Fault::infrastructure("no", io::Error::from(kind)));
            assert_eq!(told.nearness, nearness);
            assert!(
                told.missing.fix.contains(fix) && told.missing.why.contains("/run/docker.sock"),
                "{}",
                told.missing
            );
        }
        let told = why_not(&address, &Fault::Refused("The engine is too old.".into()));
        assert_eq!(told.missing.why, "The engine is too old.");
    }

    #[tokio::test]
    async fn what_is_said_of_an_engine_goes_by_what_it_is() {
        let Some(engine) = crate::rooms::docker::testing::engine().await else { return };
        let info = |options: &[&str]| SystemInfo {
            security_options: Some(options.iter().map(ToString::to_string).collect()),
            ..SystemInfo::default()
        };
        let about = |options: &[&str]| facts(engine.clone(), &SystemVersion::default(), &info(options));
        let good = about(&["name=seccomp,profile=builtin", "name=rootless"]);
        let most = usize::from(engine.is_podman());
        assert!(good.rootless && good.seccomp && good.warnings().len() == most, "{:?}", good.warnings());
        let bad = about(&["name=seccomp,profile=unconfined"]);
        let warnings = bad.warnings().join("\n");
        assert!(warnings.contains("runs as root") && warnings.contains("no filter"), "{warnings}");
    }
}
