#!/bin/sh
# Records the status of a job: the message, progress and duration it gives.
#   update_job_status.sh JOB STATUS [DURATION [PROGRESS [MESSAGE]]]
# Never fails and never waits: the exit code is 0 whatever happens.
# The repository is $MONITOR_PATH, else the one this script is in, else the usual place.

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

if [ $# -lt 2 ]; then
  echo "usage: ${0##*/} JOB STATUS [DURATION [PROGRESS [MESSAGE]]]" >&2
  exit 0
fi
job=$1 status=$2
printf '📊 Updating job status: %s -> %s (%s%%)\n' "$job" "$status" "${4:-0}"
[ -d "$repo" ] || echo "⚠️  Monitor repository not found: $repo"
if ! find_signalbox; then
  echo "⚠️  The program 'signalbox' was not found (\$SIGNALBOX_BIN, \$PATH, $here, $repo/bin): NOT recorded" >&2
  exit 0
fi

answer=$("$program" report -C "$repo" -- "$job" "$status" "${3:-}" "${4:-}" "${5:-}")
case $answer in
  recorded*spool\)) echo "📝 Status updated locally - sync job will pick up later" ;;
  recorded*)
    echo "✅ Status file updated: $repo/data/status/$job.json"
    echo "📊 Status update complete: $job -> $status"
    ;;
  *) echo "⚠️  Status of $job was not recorded - continuing anyway" ;;
esac
exit 0
