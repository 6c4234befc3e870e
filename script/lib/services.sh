# shellcheck shell=bash
# What only tests need from the system: a browser and PostgreSQL's programs.

# Prints the path of Chromium, or fails.
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

# Prints the folder of PostgreSQL's initdb and pg_ctl, or fails. Debian keeps them off PATH.
find_postgres() {
  local initdb
  initdb=$(command -v initdb || find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1)
  [ -n "$initdb" ] && dirname "$(readlink -f "$initdb")"
}
