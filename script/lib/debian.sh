# shellcheck shell=bash
# Packages of the system: installed when we are root, else the exact command is kept for whoever is.

# What root has to do, a command each.
root_commands=()

is_root() { [ "$(id -u)" -eq 0 ]; }

# install_packages WHY NAME…: with root's rights at once, else noted in root_commands.
install_packages() {
  local why=$1
  shift
  if ! command -v apt-get >/dev/null; then
    fail "$why is missing, and this is no Debian or Ubuntu where it could be installed from packages" \
      "Install it the way your system does (Debian calls it: $*), then run this again."
  fi
  if is_root; then
    step "installing $why: $*" "30 s" apt_install "$@"
  else
    root_commands+=("apt-get update && apt-get install -y --no-install-recommends $*")
  fi
}

# has_package NAME: whether the system's archive knows it.
has_package() { command -v apt-cache >/dev/null && [ -n "$(apt-cache policy "$1" 2>/dev/null | awk '/Candidate:/ && $2 != "(none)"')" ]; }

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  if [ -z "${apt_is_fresh:-}" ]; then
    apt-get update -q </dev/null
    apt_is_fresh=yes
  fi
  apt-get install -y -q --no-install-recommends "$@" </dev/null
}

# Ends with the exact commands for root, when there are any.
demand_root_commands() {
  [ ${#root_commands[@]} -eq 0 ] && return
  fail "something is missing that only root may install. As root, run:" "" "${root_commands[@]}" "" "Then run this again."
}
