#!/bin/bash
# The predecessor's protocol for one report, as the race condition prevention guide tells it: a lock
# file by `set -C`, 30 s of patience, one file added, committed, pulled, pushed with two retries.
#   update.sh REPOSITORY JOB STATUS [DURATION [PROGRESS]]
# Faithful on purpose, faults included: it is what the benchmark compares with.
repository=$1 job=$2 status=$3 duration=${4:-0} progress=${5:-0}
cd "$repository" || exit 0
lock=.git/status_update.lock

acquire_lock() {
  local waited=0
  while ! (set -C && echo $$ >"$lock") 2>/dev/null; do
    if [ -f "$lock" ] && [ $(($(date +%s) - $(stat -c %Y "$lock" 2>/dev/null || echo 0))) -gt 120 ]; then
      rm -f "$lock"
      continue
    fi
    [ "$waited" -ge 30 ] && return 1
    sleep 1
    waited=$((waited + 1))
  done
}

file=data/status/$job.json
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
cat >"$file" <<END
{
  "job_name": "$job",
  "status": "$status",
  "last_updated": "$now",
  "duration": $duration,
  "progress": $progress,
  "cpu_usage": 0,
  "memory_usage": 0,
  "next_scheduled_run": "",
  "log_entries": []
}
END

trap 'rm -f "$lock"' EXIT
acquire_lock || exit 0 # "updated locally; the sync job will pick it up later"
if git diff --quiet -- "$file"; then
  exit 0 # "no changes": also what a job's first, untracked file looks like
fi
git add "$file"
git commit -q -m "Update $job status: $status ($now)"
for _ in 1 2 3; do
  git pull -q --no-rebase --no-edit origin main >/dev/null 2>&1 || git merge --abort 2>/dev/null
  git push -q origin main 2>/dev/null && exit 0
  sleep 1
done
exit 0
