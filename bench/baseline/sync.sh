#!/bin/bash
# The predecessor's sync: another lock file than update.sh, so that the two never exclude each other.
#   sync.sh REPOSITORY
cd "$1" || exit 0
lock=.git/dashboard_sync.lock
trap 'rm -f "$lock"' EXIT
(set -C && echo $$ >"$lock") 2>/dev/null || exit 0
git fetch -q origin main
git add data/status/*.json
git commit -q -m "Sync dashboard $(date -u +%Y-%m-%dT%H:%M:%SZ)" 2>/dev/null
if ! git pull -q --no-rebase --no-edit origin main >/dev/null 2>&1; then
  git merge --abort 2>/dev/null
  git reset -q --hard origin/main
fi
git push -q origin main 2>/dev/null
exit 0
