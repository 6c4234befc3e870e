#!/usr/bin/env bash
# The commands in README.md, CONTRIBUTING.md and docs: every script they name is there and explains itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=script/lib/check.sh
. script/lib/check.sh
# shellcheck source=script/env
. script/env

explains_itself() { [ -x "$1" ] && "$1" --help </dev/null | grep -q '^Usage: '; }

# The lines of fenced blocks of shell commands, without comments and prompts.
commands=$(awk '/^ *```(sh|bash|shell|console)$/ { inside = 1; next } /^ *```/ { inside = 0 } inside { sub(/^ *(\$ )?/, ""); sub(/ +#.*/, ""); print }' \
  README.md CONTRIBUTING.md docs/*.md)
for script in script/server script/test script/bootstrap script/fuzz script/schemathesis script/bench script/soak script/image; do
  holds "documents: $script explains itself" explains_itself $script
done
holds "documents: they show script/server" has script/server <(echo "$commands")
holds "documents: they show script/test" has script/test <(echo "$commands")

while read -r name; do
  holds "documents: $name exists" test -f "$name"
done < <(grep -oE '(^|[ .])(script|\.ci)/[a-z-]+' <<<"$commands" | sed 's/^[ ]*//' | sort -u)
while read -r name; do
  holds "documents: cargo $name exists" cargo "$name" --help </dev/null >/dev/null
done < <(grep -oE '(^|[ &])cargo [a-z]+' <<<"$commands" | sed 's/.*cargo //' | sort -u)
all_held
