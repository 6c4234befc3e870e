#!/usr/bin/env bash
# What script/test relies on: a private PostgreSQL and a private Docker engine that come and go, sums that are right, an address that is announced.
set -euo pipefail
cd "$(dirname "$0")/../.."
for part in say services postgres docker tally ready check; do
  # shellcheck source=/dev/null
  . "script/lib/$part.sh"
done

scratch=$(mktemp -d)
trap 'stop_docker; stop_postgres; rm -rf "$scratch"' EXIT

# --- PostgreSQL
if find_postgres >/dev/null; then
  start_postgres
  # shellcheck disable=SC2154
  folder=$postgres_folder
  # shellcheck disable=SC2154
  holds "postgres: a superuser gets in with the address that tests are given" \
    [ "$("$postgres_bin/psql" "$TATWATS_TEST_POSTGRES" -Atc 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')" = t ]
  holds "postgres: nobody gets in without the password" \
    not "$postgres_bin/psql" "${TATWATS_TEST_POSTGRES/:*@/:wrong@}" -c 'SELECT 1' 2>/dev/null
  stop_postgres
  holds "postgres: stopping leaves nobody who answers" not "$postgres_bin/psql" "$TATWATS_TEST_POSTGRES" -c 'SELECT 1' 2>/dev/null
  holds "postgres: stopping leaves no folder" not test -e "$folder"
else
  echo "skipped a private PostgreSQL: PostgreSQL is not installed"
fi

# --- The Docker engine
if [ "$(id -u)" -ne 0 ]; then
  echo "skipped a private Docker engine: it takes root"
elif ! find_dockerd >/dev/null; then
  echo "skipped a private Docker engine: Docker is not installed"
elif start_docker; then
  # shellcheck disable=SC2154
  folder=$docker_folder
  holds "docker: the engine answers at the address that tests are given" engine_answers "$TATWATS_TEST_DOCKER"
  holds "docker: it is found by DOCKER_HOST" [ "$(DOCKER_HOST=$TATWATS_TEST_DOCKER find_engine)" = "$TATWATS_TEST_DOCKER" ]
  holds "docker: an engine that is not at a socket is not taken for tests" not env DOCKER_HOST=tcp://127.0.0.1:9 bash -c \
    '. script/lib/services.sh && find_engine'
  holds "docker: nobody but root may use it" [ "$(stat -c '%U:%G %a' "$folder/socket")" = "root:root 660" ]
  holds "docker: it mounts nothing that others see" not grep -qF "$folder" /proc/self/mountinfo
  stop_docker
  holds "docker: stopping leaves nobody who answers" not engine_answers "$TATWATS_TEST_DOCKER"
  holds "docker: stopping leaves no folder" not test -e "$folder"
else
  holds "docker: a private engine starts" false
fi

# --- The last line of script/test
cat >"$scratch/cargo" <<'END'
     Running unittests src/lib.rs (target/debug/deps/store-0123456789abcdef)
test a::sqlite ... ok
test a::postgres ... ok
test b ... FAILED
test c ... ignored
---- a::postgres stdout ----
skipped: PostgreSQL (set TATWATS_TEST_POSTGRES)
test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s
   Doc-tests domain
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
END
cat >"$scratch/browser.json" <<'END'
{"suites": [{"title": "overview.spec.ts", "specs": [
  {"title": "shows helpers", "tests": [{"status": "expected", "annotations": [], "projectName": "on"}]},
  {"title": "keeps up", "tests": [{"status": "flaky", "annotations": [], "projectName": "on"}]},
  {"title": "installs", "tests": [{"status": "skipped", "annotations": [{"type": "skip", "description": "no display"}], "projectName": ""}]}
], "suites": []}], "errors": []}
END
printf 'ok one\nsay: no result\nfailed two words\nskipped three: why\n' >"$scratch/scripts"
(
  tally_lines < <(cargo_results "$scratch/cargo")
  tally_lines < <(playwright_results "$scratch/browser.json")
  tally_lines < <(check_results "$scratch/scripts")
  summary || echo "status $?"
) >"$scratch/summary"
holds "summary: adds up all kinds" has "6 passed, 3 failed, 4 skipped" "$scratch/summary"
holds "summary: names a skipped crate's test and why" has "skipped: store a::postgres: PostgreSQL (set" "$scratch/summary"
holds "summary: names an ignored test" has "skipped: store c: ignored" "$scratch/summary"
holds "summary: names a failed crate's test" has "failed: store b" "$scratch/summary"
holds "summary: a flaky browser test is a failed one" has "failed: overview.spec.ts › keeps up [on] (flaky)" "$scratch/summary"
holds "summary: names a skipped browser test and why" has "skipped: overview.spec.ts › installs: no display" "$scratch/summary"
holds "summary: names a failed check" has "failed: two words" "$scratch/summary"
holds "summary: fails when a test did" has "status 1" "$scratch/summary"
(summary || echo "status $?") >"$scratch/summary"
holds "summary: fails when no test ran" has "status 1" "$scratch/summary"

# --- The address that script/server prints
cat >"$scratch/answer.mjs" <<'END'
import { createServer } from "node:http";
createServer((request, response) => {
  response.statusCode = request.url === "/readyz" ? 200 : 404;
  response.end();
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });
END
node "$scratch/answer.mjs" >"$scratch/port" &
server=$!
announce $server >"$scratch/announced"
kill $server
wait $server 2>/dev/null || true
holds "server: announces the address at which it answers" has "TATWATS answers at http://127.0.0.1:$(cat "$scratch/port") " "$scratch/announced"
announce $server >"$scratch/announced"
holds "server: announces nothing once it is gone" not test -s "$scratch/announced"
all_held
