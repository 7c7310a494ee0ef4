#!/bin/sh
# Publishes what waits in a monitor repository and brings the remote's news, from cron:
#   */10 * * * * ~/research/mosquito-alert-model-monitor/scripts/sync_dashboard_cron.sh
# The repository is $MONITOR_PATH, else the one this script is in, else the usual place. What
# happened is in its logs/dashboard_sync.log.
# Exit code: 1 when there was nothing to work with, else 0.

here=$(dirname "$(readlink -f "$0" || echo "$0")")
repo=${MONITOR_PATH:-}
[ -n "$repo" ] || [ ! -e "$here/../.git" ] || repo=$(cd "$here/.." && pwd)
[ -n "$repo" ] || repo=${HOME:-}/research/mosquito-alert-model-monitor

find_signalbox() {
  for program in "${SIGNALBOX_BIN:-}" "$(command -v signalbox)" "$here/signalbox" \
    "$repo/bin/signalbox"; do
    [ -f "$program" ] && [ -x "$program" ] && return
  done
  return 1
}

if [ ! -d "$repo" ]; then
  echo "❌ Cannot access monitor repo at $repo"
  exit 1
fi
if [ ! -e "$repo/.git" ]; then
  echo "❌ Monitor repo is not a git repository"
  exit 1
fi
if ! find_signalbox; then
  echo "❌ The program 'signalbox' was not found (\$SIGNALBOX_BIN, \$PATH, $here, $repo/bin)" >&2
  exit 1
fi

echo "🔄 Starting scheduled dashboard sync..."
"$program" sync -C "$repo"
case $? in
  0) echo "✅ Dashboard sync complete" ;;
  75) echo "⚠️  Could not acquire lock - another sync may be running" ;;
  1[0-9]) echo "❌ All push retries failed - the reports wait for the next sync" ;;
  *)
    echo "❌ Dashboard sync failed"
    exit 1
    ;;
esac
echo "🎯 Dashboard sync job completed"
