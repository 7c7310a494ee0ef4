#!/bin/sh
# Brings the ends of a project's log files into the monitor repository.
#   collect_logs.sh REPO PROJECT LOGDIR
# The exit code is 0 whatever happens.

here=$(dirname "$(readlink -f "$0" || echo "$0")")
repo=${1:-}

find_signalbox() {
  for program in "${SIGNALBOX_BIN:-}" "$(command -v signalbox)" "$here/signalbox" \
    "$repo/bin/signalbox"; do
    [ -f "$program" ] && [ -x "$program" ] && return
  done
  return 1
}

if [ $# -lt 3 ]; then
  echo "usage: ${0##*/} REPO PROJECT LOGDIR" >&2
  exit 0
fi
project=$2 directory=$3
if [ ! -d "$repo" ]; then
  echo "⚠️  Monitor repository not found at: $repo"
  exit 0
fi
if ! find_signalbox; then
  echo "⚠️  The program 'signalbox' was not found (\$SIGNALBOX_BIN, \$PATH, $here, $repo/bin): NOT collected" >&2
  exit 0
fi

echo "📋 Collecting logs from custom directory: $directory"
if "$program" logs collect -C "$repo" "--project=$project" -- "$directory"; then
  echo "📋 Log collection complete for $project"
else
  echo "⚠️  Failed to collect logs of $project - continuing anyway"
fi
exit 0
