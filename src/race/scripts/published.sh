#!/bin/bash
# What arrived of the predecessor's reports: the number of commits, then "JOB DURATION" of every
# version of a status file that the branch's history holds.
#   published.sh REPOSITORY BRANCH
set -euo pipefail
git -C "$1" rev-list --count "refs/heads/$2"
git -C "$1" rev-list --full-history --objects "refs/heads/$2" -- data/status |
  sed -n 's/^\([0-9a-f]*\) .*\.json$/\1/p' |
  git -C "$1" cat-file --batch |
  # Within one version: a torn one, or one with conflict markers, must not shift those that follow.
  awk '
    function tell() { if (jobs == 1 && durations == 1) print job " " duration }
    /^[0-9a-f]+ blob [0-9]+$/ { tell(); jobs = durations = 0; next }
    match($0, /^ *"job_name": ".*",$/) { job = $0; gsub(/^ *"job_name": "|",$/, "", job); jobs++ }
    match($0, /^ *"duration": [0-9]+,$/) { duration = $0; gsub(/[^0-9]/, "", duration); durations++ }
    END { tell() }'
