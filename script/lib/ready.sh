# shellcheck shell=bash
# Finds out when and where a server answers, from outside: what the kernel says it listens on, then its /readyz.

# listening_at PID: prints the IPv4 address and port that a process listens on, or nothing. Linux only.
listening_at() {
  local sockets found
  # Both are gone when the process ends meanwhile.
  sockets=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n' | tr '\n' ' ')
  found=$(awk -v sockets="$sockets" '
    BEGIN { count = split(sockets, list, " "); for (i = 1; i <= count; i++) ours[list[i]] }
    $4 == "0A" && ($10 in ours) { print $2; exit }' /proc/net/tcp 2>/dev/null)
  # As in 0100007F:0BB8: the address backwards, the port as it is.
  [ -z "$found" ] || printf '%d.%d.%d.%d:%d\n' "0x${found:6:2}" "0x${found:4:2}" "0x${found:2:2}" "0x${found:0:2}" "0x${found:9:4}"
}

# is_ready ADDRESS: whether its /readyz says yes.
is_ready() {
  local status=
  {
    exec 3<>"/dev/tcp/${1%:*}/${1##*:}" || return 1
    printf 'GET /readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" >&3
    IFS=' ' read -r -t 5 _ status _ <&3
    IFS= read -r -d '' -t 5 _ <&3 || true
    exec 3>&-
  } 2>/dev/null
  [ "$status" = 200 ]
}

# announce PID: waits until the process answers, then says where; gives up when it ends.
announce() {
  local address
  while kill -0 "$1" 2>/dev/null; do
    address=$(listening_at "$1")
    if [ -n "$address" ] && is_ready "$address"; then
      say "TATWATS answers at http://$address (Ctrl-C stops it)"
      return
    fi
    sleep 0.2
  done
}
