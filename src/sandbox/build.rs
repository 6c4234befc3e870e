//! Builds the program `room` for the inside of sandboxes, statically linked, so that it runs wherever a kernel does.

use std::env;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

/// What the nested build may see of this one's environment: where tools and registries are. Nothing else, so that it
/// is the same whoever builds (a check, clippy, a release), and is done once for all of them.
const KEPT: [&str; 24] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TMPDIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUSTUP_AUTO_INSTALL",
    "RUSTC",
    "RUSTC_WRAPPER",
    "CARGO_MAKEFLAGS",
    "MAKEFLAGS",
    "CC",
    "AR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "LD_LIBRARY_PATH",
];
/// The same, by how their names begin.
const KEPT_PREFIXES: [&str; 4] = ["CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTR", "CARGO_SOURCE_"];

fn main() -> Result<(), Box<dyn Error>> {
    // Asked for when it runs: with one target folder for several checkouts, another of them may have compiled this.
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let workspace = package.join("../..").canonicalize()?;
    for path in ["src/room", "src/agents", "src/domain", "Cargo.lock", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", workspace.join(path).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let program =
        if env::var("CARGO_CFG_TARGET_OS")? == "linux" { fs::read(build(&workspace, &out)?)? } else { Vec::new() };
    let mut packed = GzEncoder::new(fs::File::create(out.join("room.gz"))?, Compression::best());
    packed.write_all(&program)?;
    packed.finish()?;
    Ok(())
}

/// The same target with musl as its C library, where that is installed. What is linked with glibc asks the processor some
/// seventy times what it can do before it begins, and each question leaves a virtual machine: 0.3 ms, three times
/// for every sandbox.
fn with_musl(target: &str) -> Result<String, Box<dyn Error>> {
    let musl = target.replace("-gnu", "-musl");
    let rustc = env::var_os("RUSTC").ok_or("RUSTC is not set")?;
    let library = Command::new(rustc).args(["--print", "target-libdir", "--target", &musl]).output()?;
    let there = library.status.success() && Path::new(String::from_utf8(library.stdout)?.trim()).is_dir();
    Ok(if there { musl } else { target.to_owned() })
}

/// Builds the program and tells where it is.
fn build(workspace: &Path, out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let triple = with_musl(&env::var("TARGET")?)?;
    // OUT_DIR is TARGET_DIR/PROFILE/build/PACKAGE/out. Beside the profiles, since the outer build has those locked.
    let target = out.ancestors().nth(4).ok_or("OUT_DIR is not where Cargo puts it")?.join("room");
    let kept = env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        KEPT.contains(&&*name) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    });
    let output = Command::new(env::var_os("CARGO").ok_or("CARGO is not set")?)
        .current_dir(workspace)
        .args(["build", "--locked", "--package", "room", "--bin", "room", "--features", "guest", "--profile", "room"])
        .args(["--target", &triple, "--target-dir"])
        .arg(&target)
        .env_clear()
        .envs(kept)
        // At a fixed place, since it is started three times for every sandbox: where it may lie anywhere, each start puts
        // some seven thousand addresses right.
        .env("RUSTFLAGS", "-C target-feature=+crt-static -C relocation-model=static")
        .output()?;
    if !output.status.success() {
        std::io::stderr().write_all(&output.stderr)?;
        return Err("the program for the inside of sandboxes could not be built".into());
    }
    Ok(target.join(triple).join("room/room"))
}
