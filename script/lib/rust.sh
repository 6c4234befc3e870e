# shellcheck shell=bash disable=SC2154  # script/env is sourced before this
# Rust for the server and for WebAssembly: from rustup, or where that cannot be reached from Debian.

rust_ready() {
  local version sysroot probe
  version=$(rustc --version 2>/dev/null | awk '{ print $2 }') && [ -n "$version" ] || return 1
  [ "$(printf '%s\n' "$RUST_VERSION" "$version" | sort -V | head -n 1)" = "$RUST_VERSION" ] || return 1
  sysroot=$(rustc --print sysroot)
  [ -x "$sysroot/bin/cargo" ] && [ -x "$sysroot/bin/rustfmt" ] && [ -x "$sysroot/bin/cargo-clippy" ] || return 1
  # The standard library for WebAssembly must be there and come from this very compiler: only compiling shows it.
  probe=$(mktemp -d)
  echo 'pub fn probe() -> String { String::new() }' |
    rustc --edition 2024 --target wasm32-unknown-unknown --crate-type lib --emit metadata -o "$probe/probe.rmeta" - 2>/dev/null
  local found=$?
  rm -rf "$probe"
  return $found
}

# The ordinary way. Its waits are bounded: a network without rustup's servers costs half a minute at most, once.
rust_from_rustup() {
  RUSTUP_MAX_RETRIES=0 RUSTUP_DOWNLOAD_TIMEOUT=15 timeout 900 rustup toolchain install "$RUST_VERSION" --no-self-update \
    --profile minimal --component rustfmt,clippy --target wasm32-unknown-unknown </dev/null
}

# The library by which the program inside sandboxes begins sooner. Where it cannot be had, the system's own serves.
musl_target() { echo "$(uname -m)-unknown-linux-musl"; }
musl_ready() { [ "$(uname -s)" != Linux ] || [ -d "$(rustc --print target-libdir --target "$(musl_target)" 2>/dev/null)" ]; }
# A toolchain that is only linked has no targets to add.
musl_can_be_had() { command -v rustup >/dev/null && rustup target list --installed >/dev/null 2>&1; }
get_musl() {
  RUSTUP_MAX_RETRIES=0 RUSTUP_DOWNLOAD_TIMEOUT=15 timeout 120 rustup target add "$(musl_target)" </dev/null ||
    say "going on without it: sandboxes begin a little later"
}

# Where rustup is there but its servers are not: the system's Rust under a name of its own, beside whatever else is installed.
rust_link() { rustup toolchain link wasm /usr; }

debian_rust_is_complete() {
  local package
  for package in $RUST_DEBIAN_PACKAGES; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || return 1
  done
}

get_rust() {
  if command -v rustup >/dev/null; then
    if step "installing Rust $RUST_VERSION with rustup" "1 min" rust_from_rustup; then return; fi
    say "rustup could not fetch Rust $RUST_VERSION; going on with the system's packages"
  fi
  # shellcheck disable=SC2086
  set -- $RUST_DEBIAN_PACKAGES
  if ! debian_rust_is_complete; then
    has_package "$1" || fail "Rust $RUST_VERSION with the target wasm32-unknown-unknown is missing" \
      "Install rustup (https://rustup.rs), see that it can reach its servers, then run this again."
    install_packages "Rust" "$@"
  fi
  if ! is_root; then
    # The library must be compiled by the very compiler that is still to come.
    if root_is_needed || ! "$workshop/script/wasm-std" --check; then root_commands+=("$workshop/script/wasm-std"); fi
  elif ! "$workshop/script/wasm-std" --check; then
    step "compiling Rust's standard library for WebAssembly" "90 s" "$workshop/script/wasm-std"
  fi
  # Linking before root has done the rest would name a toolchain that is not there.
  if ! root_is_needed && command -v rustup >/dev/null; then rust_link; fi
}
