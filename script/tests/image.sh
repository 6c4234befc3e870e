#!/usr/bin/env bash
# What script/image makes: a server that answers, keeps its data, has what it needs, and no more.
set -euo pipefail
cd "$(dirname "$0")/../.."
for part in say services docker check; do
  # shellcheck source=/dev/null
  . "script/lib/$part.sh"
done

if engine=$(find_engine); then
  export DOCKER_HOST=$engine
elif [ "$(id -u)" -eq 0 ] && find_dockerd >/dev/null && start_docker; then
  export DOCKER_HOST=$TATWATS_TEST_DOCKER
elif [ -n "${CI:-}" ]; then
  fail "there is no Docker engine, and CI is set" "script/bootstrap installs one, or names the command."
else
  echo "skipped a container image: there is no Docker engine"
  exit
fi

image=tatwats-test-$$
clean_up() {
  docker rm --force "$image" >/dev/null 2>&1 || true
  docker volume rm "$image" >/dev/null 2>&1 || true
  docker image rm "$image" >/dev/null 2>&1 || true
  stop_docker
}
trap clean_up EXIT

# A private engine has no network of its own, so the container uses the host's.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
confined=(--network host --read-only --cap-drop ALL --security-opt no-new-privileges --volume "$image:/data")
serve() { docker run --detach --name "$image" "${confined[@]}" --env "TATWATS_LISTEN=127.0.0.1:$port" "$image" >/dev/null; }
ready() {
  local _
  for _ in {1..100}; do
    if curl --silent --fail --max-time 5 "http://127.0.0.1:$port/readyz" >/dev/null; then return; fi
    sleep 0.1
  done
  docker logs "$image"
  return 1
}
inside() { docker exec "$image" "$@"; }
beside() { docker run --rm --interactive "${confined[@]}" "$image" "$@"; }
page() { curl --silent --max-time 10 --location "http://127.0.0.1:$port$1"; }

holds "image: it is made of what is here" script/image "$image"
holds "image: the server in it is not root" [ "$(docker image inspect --format '{{.Config.User}}' "$image")" = 1000:1000 ]
holds "image: a container of it starts, with nothing but its data to write to" serve
holds "image: its server is ready" ready
holds "image: it serves what the pages are made of" has '"icons"' <(page /manifest.webmanifest)
holds "image: it has git" inside git --version
holds "image: it has no shell" not inside sh -c true 2>/dev/null
holds "image: it stops when asked to" docker stop -t 10 "$image"
holds "image: by itself, and not because time was up" [ "$(docker inspect --format '{{.State.ExitCode}}' "$image")" = 0 ]
docker rm "$image" >/dev/null
holds "image: an account is made beside it" beside user create ada --admin <<<"a long and peculiar password"
holds "image: and is kept" has ada <(beside user list)
holds "image: the server starts again on the same data" serve
holds "image: and is ready" ready
holds "image: its command line reaches the server" has "Sign in" <(inside tatwats project list --server "http://127.0.0.1:$port" 2>&1)
holds "image: and serves its pages" has '<html' <(page /sign-in)
all_held
