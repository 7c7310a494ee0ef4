#!/bin/sh
# Publishes the status of a job, which may have written data/status/JOB.json itself just before.
#   failsafe_git_update_safe.sh REPO JOB STATUS [DURATION [PROGRESS]]
# Never fails and never waits: the exit code is 0 whatever happens.

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
  echo "usage: ${0##*/} REPO JOB STATUS [DURATION [PROGRESS]]" >&2
  exit 0
fi
job=$2 status=$3
echo "🔄 Starting safe git update for $job..."
[ -d "$repo" ] || echo "⚠️  Cannot access monitor repository: $repo"
if ! find_signalbox; then
  echo "⚠️  The program 'signalbox' was not found (\$SIGNALBOX_BIN, \$PATH, $here, $repo/bin): NOT recorded" >&2
  exit 0
fi

answer=$("$program" report -C "$repo" --after-file -- "$job" "$status" "${4:-}" "${5:-}")
case $answer in
  recorded*spool\)) echo "📝 Status updated locally - sync job will pick up later" ;;
  recorded*)
    echo "✅ Status committed: $job -> $status"
    echo "✅ Dashboard update on its way - will be live in ~2-3 minutes"
    ;;
  *) echo "⚠️  Status of $job was not recorded - continuing anyway" ;;
esac
exit 0
