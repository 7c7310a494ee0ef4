#!/bin/sh
# Brings a cluster's clone of the monitor repository up to date, and publishes what waits there:
#   */30 * * * * ~/research/mosquito-alert-model-monitor/scripts/cluster_sync.sh
# The repository is $MONITOR_PATH, else the one this script is in, else the usual place. What
# happened is in its logs/dashboard_sync.log. The exit code is 0 whatever happens.

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
  echo "ERROR: Cannot access monitor repository: $repo"
  exit 0
fi
if [ ! -e "$repo/.git" ]; then
  echo "WARNING: Not a git repository - sync skipped"
  exit 0
fi
if ! find_signalbox; then
  echo "ERROR: The program 'signalbox' was not found (\$SIGNALBOX_BIN, \$PATH, $here, $repo/bin)" >&2
  exit 0
fi

echo "INFO: Starting cluster sync from $(hostname)"
if "$program" sync -C "$repo"; then
  echo "SUCCESS: Pull completed successfully"
else
  echo "WARNING: Pull failed - keeping local state"
fi
echo "INFO: Cluster sync completed"
exit 0
