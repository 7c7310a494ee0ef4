#!/bin/bash
# What arrived of the predecessor's reports: the number of commits, then "JOB DURATION" of every
# version of a status file that the branch's history holds.
#   published.sh REPOSITORY BRANCH
set -euo pipefail
git -C "$1" rev-list --count "refs/heads/$2"
git -C "$1" rev-list --full-history --objects "refs/heads/$2" -- data/status |
  sed -n 's/^\([0-9a-f]*\) .*\.json$/\1/p' |
  git -C "$1" cat-file --batch |
  sed -n -e 's/^ *"job_name": "\(.*\)",$/\1/p' -e 's/^ *"duration": \([0-9]*\),$/\1/p' |
  paste -d ' ' - -
