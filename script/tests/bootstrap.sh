#!/usr/bin/env bash
# script/bootstrap: installs nothing when nothing is missing, and tells an ordinary user exactly what root has to do.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=script/lib/check.sh
. script/lib/check.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"

# spy FOLDER NAME…: commands of these names that note how they were called, and go on to the real one if there is one.
spy() {
  local folder=$1 name real
  shift
  mkdir -p "$folder"
  for name in "$@"; do
    real=$(command -v "$name" || echo false)
    printf '#!/bin/sh\necho "%s $*" >>"%s"\nexec %s "$@"\n' "$name" "$scratch/calls" "$real" >"$folder/$name"
    chmod 755 "$folder/$name"
  done
}

# --- Run once more on this machine, on which everything is in place.
script/bootstrap build >/dev/null
: >"$scratch/calls"
spy "$scratch/spies" apt-get npm cargo rustup sudo su
status=0
PATH=$scratch/spies:$PATH script/bootstrap build >"$scratch/again" 2>&1 || status=$?
holds "bootstrap: a second run succeeds" [ $status -eq 0 ]
holds "bootstrap: a second run installs no package" lacks "apt-get" "$scratch/calls"
holds "bootstrap: a second run leaves npm's packages alone" lacks "npm " "$scratch/calls"
holds "bootstrap: a second run compiles nothing" lacks "cargo install" "$scratch/calls"
holds "bootstrap: a second run leaves the toolchains alone" lacks "rustup toolchain" "$scratch/calls"
holds "bootstrap: a second run says that all is in place" has "is in place" "$scratch/again"

# --- A machine with a bare Debian, seen by an ordinary user: a copy that everyone may read, and hardly a command on PATH.
mkdir "$scratch/checkout" "$scratch/home" "$scratch/bare"
cp -r script Cargo.lock package.json package-lock.json "$scratch/checkout"
for name in awk bash cat cmp cut date dirname env find grep head id mkdir mktemp mv rm sed sh sort tail timeout touch tr uname; do
  ln -s "$(command -v "$name")" "$scratch/bare/$name"
done
: >"$scratch/calls"
chmod 666 "$scratch/calls"
# The archive knows every package; nothing may be installed all the same.
printf '#!/bin/sh\necho "  Candidate: 1.0"\n' >"$scratch/bare/apt-cache"
for name in apt-get sudo su; do printf '#!/bin/sh\necho "%s $*" >>"%s"\n' "$name" "$scratch/calls" >"$scratch/bare/$name"; done
chmod 755 "$scratch/bare/"{apt-cache,apt-get,sudo,su}
chmod -R go+rX "$scratch/checkout"
chmod 777 "$scratch/home"

# as_anyone COMMAND…: as an ordinary user, on the bare machine.
as_anyone() {
  local become=()
  [ "$(id -u)" -ne 0 ] || become=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
  "${become[@]}" env -i PATH="$scratch/bare" HOME="$scratch/home" "$@"
}
status=0
as_anyone "$scratch/checkout/script/bootstrap" build >"$scratch/told" 2>&1 || status=$?
holds "bootstrap: an ordinary user without the tools gets a failure" [ $status -eq 1 ]
holds "bootstrap: it names the exact command for every package" \
  has "apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev git ca-certificates nodejs npm rustc-web cargo-web" "$scratch/told"
holds "bootstrap: it names bubblewrap, by which helpers are kept in sandboxes" has " bubblewrap" "$scratch/told"
holds "bootstrap: it names the exact command for the standard library" has "$scratch/checkout/script/wasm-std" "$scratch/told"
holds "bootstrap: it says that root is needed" has "As root, run:" "$scratch/told"
holds "bootstrap: it never becomes root by itself" not test -s "$scratch/calls"

# --- A Rust that cannot be had either way.
printf '#!/bin/sh\necho "  Candidate: (none)"\n' >"$scratch/bare/apt-cache"
status=0
as_anyone "$scratch/checkout/script/bootstrap" build >"$scratch/told" 2>&1 || status=$?
holds "bootstrap: without any way to Rust it says how to get one" has "Install rustup" "$scratch/told"
holds "bootstrap: a slip in the argument is told" not as_anyone "$scratch/checkout/script/bootstrap" biuld 2>/dev/null

# --- What the tools' versions must agree with.
# shellcheck source=script/env
. script/env
holds "versions: wasm-bindgen is the crate's of Cargo.lock" [ "$(wasm-bindgen --version)" = "wasm-bindgen $WASM_BINDGEN_VERSION" ]
holds "versions: Cargo.toml asks for no newer Rust than is installed" \
  grep -qxF "rust-version = \"${RUST_VERSION%.*}\"" Cargo.toml
all_held
