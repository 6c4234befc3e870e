#!/usr/bin/env bash
# What script/test relies on: a private PostgreSQL that comes and goes, sums that are right, an address that is announced.
set -euo pipefail
cd "$(dirname "$0")/../.."
for part in say services postgres tally ready check; do
  # shellcheck source=/dev/null
  . "script/lib/$part.sh"
done

scratch=$(mktemp -d)
trap 'stop_postgres; rm -rf "$scratch"' EXIT

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
