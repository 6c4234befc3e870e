# shellcheck shell=bash
# A private PostgreSQL for the tests: a folder of its own, a free port of this machine only, gone afterwards.

postgres_folder=
postgres_bin=

# PostgreSQL refuses to run as root; Debian's packages bring a user for it.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups --inh-caps=-all "$@"
  else
    "$@"
  fi
}

# start_postgres [durable]: starts it and exports its address with a superuser's rights as TATWATS_TEST_POSTGRES. Durable, it
# keeps its defaults; else it is quicker than it could be trusted.
start_postgres() {
  local password port durable=${1:-}
  postgres_bin=$(find_postgres)
  postgres_folder=$(mktemp -d "${TMPDIR:-/tmp}/tatwats-postgres.XXXXXX")
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s\n' "$password" >"$postgres_folder/password"
  : >"$postgres_folder/log"
  [ "$(id -u)" -ne 0 ] || chown -R postgres: "$postgres_folder"
  (
    cd "$postgres_folder" || exit
    as_postgres "$postgres_bin/initdb" --pgdata data --username postgres --pwfile password --auth scram-sha-256 \
      --encoding UTF8 --locale C.UTF-8 --no-sync >>log 2>&1
  ) || postgres_failed
  # Many tests at a time, each with pools of its own, need many connections.
  cat >>"$postgres_folder/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
END
  # Nothing in the tests' is worth an fsync.
  [ "$durable" = durable ] || printf 'fsync = off\nfull_page_writes = off\n' >>"$postgres_folder/data/postgresql.conf"
  for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    if (cd "$postgres_folder" && as_postgres "$postgres_bin/pg_ctl" start --pgdata data --wait --silent \
      --log log --options "-p $port" >/dev/null 2>&1 </dev/null); then
      export TATWATS_TEST_POSTGRES="postgres://postgres:$password@127.0.0.1:$port/postgres"
      return
    fi
    # Another program may hold that port: try the next.
  done
  postgres_failed
}

postgres_failed() {
  cat "$postgres_folder/log" >&2
  fail "PostgreSQL for the tests did not start; its log is above"
}

# stop_postgres: stops what start_postgres started, if it did, and removes its folder.
stop_postgres() {
  [ -n "$postgres_folder" ] || return 0
  if [ -f "$postgres_folder/data/postmaster.pid" ]; then
    (cd "$postgres_folder" && as_postgres "$postgres_bin/pg_ctl" stop --pgdata data --mode immediate --silent >/dev/null 2>&1) || true
  fi
  rm -rf "$postgres_folder"
  postgres_folder=
}
