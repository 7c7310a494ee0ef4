#!/bin/sh
#SBATCH --job-name=dashboard_sync
#SBATCH --time=00:05:00
#SBATCH --mem=512M
#SBATCH --cpus-per-task=1
#SBATCH --output=/dev/null
#SBATCH --error=/dev/null

# Publishes what waits in a monitor repository and brings the remote's news, as a SLURM job:
#   */15 * * * * cd ~/research/mosquito-alert-model-monitor && sbatch scripts/slurm_dashboard_sync.sh
# The repository is $MONITOR_PATH, else the one this script is in (SLURM runs a copy of it), else
# where the job was submitted, else the usual place. What happened is in its logs/dashboard_sync.log.
# Exit code: 1 when there was nothing to work with or another one held the lock, else 0.

here=$(dirname "$(readlink -f "$0" || echo "$0")")
repo=${MONITOR_PATH:-}
for place in "$here/.." "${SLURM_SUBMIT_DIR:-}"; do
  [ -n "$repo" ] || [ ! -e "$place/.git" ] || [ ! -d "$place/data/status" ] ||
    repo=$(cd "$place" && pwd)
done
[ -n "$repo" ] || repo=${HOME:-}/research/mosquito-alert-model-monitor

find_signalbox() {
  for program in "${SIGNALBOX_BIN:-}" "$(command -v signalbox)" "$repo/scripts/signalbox" \
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
  echo "❌ The program 'signalbox' was not found (\$SIGNALBOX_BIN, \$PATH, $repo/scripts, $repo/bin)" >&2
  exit 1
fi

echo "🔄 Starting SLURM dashboard sync job (ID: ${SLURM_JOB_ID:-N/A})..."
"$program" sync -C "$repo"
case $? in
  0) echo "✅ Dashboard sync complete" ;;
  75)
    echo "⚠️  Could not acquire lock - another sync may be running"
    exit 1
    ;;
  1[0-9]) echo "❌ All push retries failed - the reports wait for the next sync" ;;
  *)
    echo "❌ Dashboard sync failed"
    exit 1
    ;;
esac
echo "🎯 SLURM dashboard sync job completed (ID: ${SLURM_JOB_ID:-N/A})"
