# shellcheck shell=bash
# Adds up what the different kinds of tests report, and says it in one last line.
#
# A test that cannot run says so in a line `skipped: what is missing` and counts as skipped, by its name.

passed=0 failed=0 skipped=0
skips=() failures=()

# tally_lines: takes lines `passed N`, `failed N NAME`, `skipped N NAME: why` from standard input.
tally_lines() {
  local kind count name
  while read -r kind count name; do
    case $kind in
      passed) passed=$((passed + count)) ;;
      failed) failed=$((failed + count)) && failures+=("$name") ;;
      skipped) skipped=$((skipped + count)) && skips+=("$name") ;;
    esac
  done
}

# cargo_results LOG: what `cargo test -- --show-output` reported, as lines for tally_lines.
cargo_results() {
  awk '
    $1 == "Running" || $1 == "Doc-tests" { part = $NF; sub(/.*\//, "", part); sub(/(-[0-9a-f]+)?\)?$/, "", part) }
    /^---- .* stdout ----$/ { name = part " " substr($0, 6, length($0) - 17); told = 0 }
    /^skipped: / && !told { told = 1; skips++; print "skipped 1 " name ": " substr($0, 10) }
    /^test .* \.\.\. ignored/ { name = $0; sub(/^test /, "", name); sub(/ \.\.\. ignored/, "", name); print "skipped 1 " part " " name ": ignored" }
    /^test .* \.\.\. FAILED$/ { name = $0; sub(/^test /, "", name); sub(/ \.\.\. FAILED$/, "", name); print "failed 1 " part " " name }
    /^test result: / { for (i = 1; i < NF; i++) if ($(i + 1) == "passed;") passed += $i }
    END { print "passed " passed - skips }
  ' "$1"
}

# cargo_progress: what a person wants to see of the same, from standard input.
cargo_progress() {
  awk '
    /^successes:$/ { hidden = 1 }
    /^(failures:|test result: )/ { hidden = 0 }
    !hidden { print; fflush() }
  '
}

# playwright_results FILE: what Playwright's JSON reporter wrote. A flaky test is a failed one.
playwright_results() {
  # shellcheck disable=SC2016
  node --input-type=module -e '
    import { readFileSync } from "node:fs";
    const report = JSON.parse(readFileSync(process.argv[1], "utf8"));
    const lines = [];
    const walk = (suite, path) => {
      for (const spec of suite.specs ?? []) for (const test of spec.tests) {
        const name = [...path, spec.title].join(" › ") + (test.projectName ? ` [${test.projectName}]` : "");
        const why = test.annotations.find((a) => a.type === "skip")?.description ?? "no reason given";
        if (test.status === "expected") lines.push("passed 1");
        else if (test.status === "skipped") lines.push(`skipped 1 ${name}: ${why}`);
        else lines.push(`failed 1 ${name} (${test.status})`);
      }
      for (const inner of suite.suites ?? []) walk(inner, [...path, inner.title]);
    };
    for (const suite of report.suites) walk(suite, [suite.title]);
    for (const error of report.errors ?? []) lines.push(`failed 1 ${(error.message ?? "error").split("\n")[0]}`);
    console.log(lines.join("\n"));
  ' "$1"
}

# check_results LOG: what script/tests/*.sh said, a line each of `ok NAME`, `failed NAME`, `skipped NAME: why`.
check_results() { awk '$1 == "ok" { print "passed 1" } $1 == "failed" || $1 == "skipped" { kind = $1; $1 = ""; print kind " 1" $0 }' "$1"; }

# Prints names of what failed and what was skipped, then the one line. Fails when a test did, or when none ran.
summary() {
  local name
  echo
  for name in "${failures[@]}"; do echo "failed: $name"; done
  for name in "${skips[@]}"; do echo "skipped: $name"; done
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
