#!/bin/sh
# Publishes what waits in a monitor repository.
#   locked_git_sync.sh REPO DESCRIPTION          ($MONITOR_PATH wins over REPO)
# Exit code: 1 when there is no such repository, else 0: it is the jobs' step, too.

here=$(dirname "$(readlink -f "$0" || echo "$0")")
repo=${MONITOR_PATH:-${1:-}}
description=${2:-sync}

find_signalbox() {
  for program in "${SIGNALBOX_BIN:-}" "$(command -v signalbox)" "$here/signalbox" \
    "$repo/bin/signalbox"; do
    [ -f "$program" ] && [ -x "$program" ] && return
  done
  return 1
}

if [ -z "$repo" ] || [ ! -d "$repo" ]; then
  echo "❌ Monitor repository not found: $repo"
  echo "Set MONITOR_PATH environment variable or pass path as first argument"
  exit 1
fi
if [ ! -e "$repo/.git" ]; then
  echo "❌ Not a git repository: $repo"
  exit 1
fi
echo "🔄 Git sync requested: $description"
if ! find_signalbox; then
  echo "⚠️  The program 'signalbox' was not found (\$SIGNALBOX_BIN, \$PATH, $here, $repo/bin): NOT synced" >&2
  exit 0
fi

"$program" sync -C "$repo"
case $? in
  0) echo "✅ Git sync completed: $description" ;;
  75) echo "⚠️  Could not acquire git lock - skipping sync" ;;
  *) echo "⚠️  Git sync had issues but data is preserved" ;;
esac
exit 0
