# shellcheck shell=bash
# What helpers and tests need from the system: bubblewrap, a browser, PostgreSQL's programs, a Docker engine.

# Prints the path of Chromium, or fails.
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

# Prints the folder of PostgreSQL's initdb and pg_ctl, or fails. Debian keeps them off PATH.
find_postgres() {
  local initdb
  initdb=$(command -v initdb || find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1)
  [ -n "$initdb" ] && dirname "$(readlink -f "$initdb")"
}

# Prints the path of bubblewrap, or fails.
find_bwrap() { command -v bwrap; }

# Prints the path of the Docker engine's program, or fails. Off an ordinary user's PATH.
find_dockerd() { PATH=$PATH:/usr/sbin:/sbin command -v dockerd; }

# Prints the path of a busybox that needs no libraries, or fails: images for tests are made of it.
find_busybox() { [ -x /bin/busybox ] && ! grep -qF /ld-linux /bin/busybox && echo /bin/busybox; }

# engine_answers ADDRESS: whether an engine does there, to this user.
engine_answers() { command -v docker >/dev/null && timeout 10 docker --host "$1" version >/dev/null 2>&1; }

# Prints the address of an engine at a socket that answers this user: where DOCKER_HOST says, else where Docker puts it.
find_engine() {
  local address candidates
  candidates=("${DOCKER_HOST:-unix:///var/run/docker.sock}")
  [ -n "${DOCKER_HOST:-}" ] || [ -z "${XDG_RUNTIME_DIR:-}" ] || candidates+=("unix://$XDG_RUNTIME_DIR/docker.sock")
  for address in "${candidates[@]}"; do
    if [[ $address == unix://* ]] && engine_answers "$address"; then
      echo "$address"
      return
    fi
  done
  return 1
}
