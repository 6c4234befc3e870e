# shellcheck shell=bash
# A private Docker engine for the tests: a folder and a socket of its own, no network, gone afterwards. Root only.

docker_folder=
docker_process=

# start_docker: starts it and exports its address as TATWATS_TEST_DOCKER. Fails with its log when it does not start.
start_docker() {
  local dockerd address _
  dockerd=$(find_dockerd) || return
  docker_folder=$(mktemp -d "${TMPDIR:-/tmp}/tatwats-docker.XXXXXX")
  address=unix://$docker_folder/socket
  # In place of the system's own settings.
  echo '{}' >"$docker_folder/settings"
  # What it mounts, nobody else sees, and it goes with it. The system's own engine and its networks are left alone.
  unshare --mount "$dockerd" --host "$address" --data-root "$docker_folder/data" --exec-root "$docker_folder/exec" \
    --pidfile "$docker_folder/pid" --config-file "$docker_folder/settings" --group root --bridge none --iptables=false \
    --ip6tables=false >"$docker_folder/log" 2>&1 </dev/null &
  docker_process=$!
  for _ in {1..300}; do
    if engine_answers "$address"; then
      export TATWATS_TEST_DOCKER=$address
      return
    fi
    kill -0 "$docker_process" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$docker_folder/log" >&2
  say "the private Docker engine did not start; the end of its log is above"
  stop_docker
  return 1
}

# stop_docker: stops what start_docker started, if it did, and removes its folder.
stop_docker() {
  [ -n "$docker_folder" ] || return 0
  if [ -n "$docker_process" ] && kill "$docker_process" 2>/dev/null; then wait "$docker_process" || true; fi
  rm -rf "$docker_folder"
  docker_folder='' docker_process=''
}
