#!/bin/sh
# What the slow suites use beside Python: installed by apt where this is root on Debian, else left alone.
set -u
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium fonts-dejavu-core"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "not installed, so the suites that need them are skipped:$missing" >&2
  exit 0
fi
log=$(mktemp)
# shellcheck disable=SC2086
{ apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1 \
  || { echo "could not be installed, so the suites that need them are skipped:$missing" >&2; tail -3 "$log" >&2; }
rm -f "$log"
