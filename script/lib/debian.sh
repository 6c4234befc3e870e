# shellcheck shell=bash
# Packages of the system: installed when we are root, else the exact command is kept for whoever is.

# What root has to do: packages to install, then commands to run.
root_packages=() root_commands=()

is_root() { [ "$(id -u)" -eq 0 ]; }

# install_packages WHY NAME…: at once when we are root, else noted in root_packages.
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
    root_packages+=("$@")
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

# root_is_needed: whether something was noted.
root_is_needed() { [ $((${#root_packages[@]} + ${#root_commands[@]})) -gt 0 ]; }

# Prints the exact commands for root, a line each.
print_root_commands() {
  [ ${#root_packages[@]} -eq 0 ] || echo "apt-get update && apt-get install -y --no-install-recommends ${root_packages[*]}"
  [ ${#root_commands[@]} -eq 0 ] || printf '%s\n' "${root_commands[@]}"
}

# Ends with the exact commands for root, when there are any.
demand_root() {
  local commands
  root_is_needed || return 0
  mapfile -t commands < <(print_root_commands)
  fail "something is missing that only root may install. As root, run:" "" "${commands[@]}" "" "Then run this again."
}
