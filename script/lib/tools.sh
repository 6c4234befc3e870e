# shellcheck shell=bash disable=SC2154  # script/env is sourced before this
# Node.js, npm's packages, and the tools that cargo compiles once into the cache.

node_ready() {
  local version
  command -v npm >/dev/null && version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge "$NODE_MINIMUM" ]
}

# Installs Node.js from the system, or where that is too old from npm into the cache.
get_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    install_packages "Node.js" nodejs npm
    command -v npm >/dev/null || return 0
  fi
  node_ready || step "installing Node.js $NODE_VERSION, because the system's is older than $NODE_MINIMUM" "20 s" node_from_npm
}

node_from_npm() {
  local machine
  case $(uname -sm) in
    "Linux x86_64") machine=linux-x64 ;;
    "Linux aarch64") machine=linux-arm64 ;;
    *) fail "Node.js is older than $NODE_MINIMUM" "Install Node.js $NODE_VERSION the way your system does, then run this again." ;;
  esac
  npm install --silent --no-save --no-package-lock --prefix "$tool_cache/node-$NODE_VERSION.part" "node-$machine@$NODE_VERSION" </dev/null || return
  rm -rf "$tool_cache/node-$NODE_VERSION"
  mv "$tool_cache/node-$NODE_VERSION.part" "$tool_cache/node-$NODE_VERSION"
}

# npm's packages are in place when they were installed from this very lock file.
npm_packages_ready() { cmp -s package-lock.json node_modules/.installed-from.json; }

get_npm_packages() {
  npm ci --no-progress </dev/null || return
  cp package-lock.json node_modules/.installed-from.json
}

# What the pages use as it comes out of npm's packages: FILE in public, and where it comes from.
served=(
  "fonts/inter.woff2 @fontsource-variable/inter/files/inter-latin-wght-normal.woff2"
  "fonts/jetbrains-mono.woff2 @fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2"
  "terminal/xterm.js @xterm/xterm/lib/xterm.mjs"
  "terminal/xterm.css @xterm/xterm/css/xterm.css"
  "terminal/fit.js @xterm/addon-fit/lib/addon-fit.mjs"
)

served_ready() {
  local name from file
  for file in "${served[@]}"; do
    read -r name from <<<"$file"
    cmp -s "node_modules/$from" "public/$name" || return
  done
}

get_served() {
  local name from file
  for file in "${served[@]}"; do
    read -r name from <<<"$file"
    mkdir -p "public/${name%/*}" && cp "node_modules/$from" "public/$name" || return
  done
}

# cargo_tool_ready BINARY VERSION: in the cache, or of the right version elsewhere on PATH.
cargo_tool_ready() {
  [ -x "$tool_cache/$1-$2/bin/$1" ] || [ "$("$1" --version 2>/dev/null | awk '{ print $NF; exit }')" = "$2" ]
}

# get_cargo_tool BINARY CRATE VERSION HOW_LONG OPTION…: where cargo-binstall finds it compiled, from there; else compiled here.
get_cargo_tool() {
  local home=$tool_cache/$1-$3 crate=$2 version=$3 expected=$4
  shift 4
  if command -v cargo-binstall >/dev/null; then
    step "fetching $crate $version" "20 s" timeout 90 cargo binstall --no-confirm --disable-strategies compile \
      --root "$home" "$crate@$version" </dev/null && return
    say "no compiled $crate $version could be fetched; compiling it"
  fi
  step "compiling $crate $version, once for this machine" "$expected on 2 cores" compile_cargo_tool "$home" "$crate" "$version" "$@"
}

# Unoptimised: these tools run for seconds, and with their own profiles would compile for half an hour.
# Outside the checkout, so that neither its settings nor its target folder take part.
compile_cargo_tool() (
  mkdir -p "$tool_cache" && cd "$tool_cache" || return
  unset CARGO_TARGET_DIR CARGO_BUILD_TARGET CARGO_BUILD_TARGET_DIR RUSTFLAGS
  cargo install --quiet --root "$1" "$2" --version "$3" "${@:4}" \
    --config 'profile.release.lto="off"' --config profile.release.codegen-units=256 --config profile.release.opt-level=0 \
    --config profile.release.debug=false </dev/null
)
