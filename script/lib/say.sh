# shellcheck shell=bash
# How the scripts speak: what is done, how long it takes, what went wrong and how to mend it.

# say TEXT: one line about what goes on.
say() { printf '%s: %s\n' "${0##*/}" "$*"; }

# fail TEXT…: a line each, the first being what is wrong, the others how to mend it; ends the script.
fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# step WHAT HOW_LONG COMMAND…: says what comes and about how long it takes, does it, says how long it took.
step() {
  local what=$1 expected=$2 began=$SECONDS
  shift 2
  say "$what (about $expected)"
  "$@" || return
  say "$what: done in $((SECONDS - began)) s"
}

# usage: prints the comment at the top of the script.
usage() { awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$0"; }
