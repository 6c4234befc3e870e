# shellcheck shell=bash
# For script/tests: says of each check whether it holds, in the lines that script/test adds up.

# holds NAME COMMAND…: the check NAME holds when the command succeeds.
holds() {
  local name=$1
  shift
  if "$@"; then echo "ok $name"; else
    echo "failed $name"
    any_failed=yes
  fi
}

# has TEXT FILE, lacks TEXT FILE: for holds; show the file when they fail.
has() { grep -qF -- "$1" "$2" || { sed 's/^/    /' "$2" && return 1; }; }
lacks() { ! grep -qF -- "$1" "$2" || { sed 's/^/    /' "$2" && return 1; }; }

not() { ! "$@"; }

# To be the last command: the script's status.
all_held() { [ -z "${any_failed:-}" ]; }
