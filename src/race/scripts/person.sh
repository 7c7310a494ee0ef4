#!/bin/bash
# A person of a race, until killed: commits a note to the published branch, pulls with rebase and
# pushes; amends a feature branch of their own and pushes it with --force-with-lease.
#   person.sh CLONE BRANCH NUMBER PAUSE
cd "$1" || exit 1
branch=$2 number=$3 pause=$4
feature=$branch-person-$number
pushed=''
for ((change = 1; ; ++change)); do
  echo "person $number, change $change" >"notes-$number.md"
  git add "notes-$number.md"
  git commit -qm "Note $change of person $number"
  git pull -q --rebase origin "$branch" || git rebase --abort
  git push -q origin "HEAD:refs/heads/$branch"
  attempt=$(git commit-tree -m "Feature of person $number, attempt $change" -p HEAD 'HEAD^{tree}')
  if git push -q --force-with-lease="refs/heads/$feature:$pushed" origin "$attempt:refs/heads/$feature"; then
    pushed=$attempt
  fi
  sleep "$pause"
done
