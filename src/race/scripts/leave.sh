#!/bin/bash
# Keeps a copy of a race's branch, then removes the branch from the remote.
#   leave.sh REMOTE BRANCH COPY
# Without a COPY ("") the branch is only removed.
set -euo pipefail
remote=$1 branch=$2 copy=$3
if [ -n "$copy" ]; then
  git init -q --bare -- "$copy"
  git -C "$copy" symbolic-ref HEAD "refs/heads/$branch"
  git -C "$copy" fetch -q -- "$remote" "+refs/heads/$branch:refs/heads/$branch"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git init -q --bare -- "$scratch"
# The branches that the race's people pushed go with it.
listed=$(git ls-remote --heads -- "$remote" "refs/heads/$branch" "refs/heads/$branch-*")
[ -n "$listed" ] || exit 0
mapfile -t branches < <(cut -f2 <<<"$listed")
git -C "$scratch" push -q -- "$remote" "${branches[@]/#/:}"
