#!/bin/bash
# Checks publisher.pml exhaustively with spin: as it is under every kind of trouble, and with one
# mistake at a time, each of which must be found. Needs spin and gcc; takes seconds.
set -euo pipefail
model=$(dirname "$(readlink -f "$0")")/publisher.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

# explore OPTIMISATION OPTION...: the verifier's report, in the file `report`.
explore() {
  local optimisation=$1
  shift
  spin -a "${@/#/-D}" "$model" >generated 2>&1 || { cat generated >&2; exit 1; }
  gcc "$optimisation" -w -DSAFETY -DCOLLAPSE -o pan pan.c
  # A search that ends for want of depth or memory says so in the report, and proves nothing.
  timeout 300 ./pan -m200000 -w22 >report 2>&1 || true
}

found() { sed -n 's/^pan:[0-9]*: \(.*\) (at depth.*/\1/p' report | head -1; }
states() { sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' report; }

holds() {
  explore -O2 "$@"
  local verdict=holds
  if ! grep -q 'errors: 0' report || grep -qE 'max search depth too small|Search not completed|out of memory' report; then
    verdict="BROKEN: $(found)"
    failures=$((failures + 1))
  fi
  printf '%-53s %9s  %s\n' "$*" "$(states)" "$verdict"
}

fails() {
  explore -O0 "$@"
  local verdict
  verdict=$(found)
  if [ -z "$verdict" ]; then
    verdict="NOT FOUND"
    failures=$((failures + 1))
  fi
  printf '%-53s %9s  %s\n' "$*" "$(states)" "$verdict"
}

printf '%-53s %9s  %s\n' "AS IT IS, WITH" STATES VERDICT
holds REPORTS=3
holds REPORTS=2 SYNC
holds REPORTS=2 DEATHS=2 LOST_ANSWERS=1
holds REPORTS=2 DEATHS=1 BROKEN_LOCKS LOST_ANSWERS=1
holds REPORTS=2 BROKEN_LOCKS LOST_ANSWERS=1 FOREIGN=2
holds REPORTS=1 SYNC DEATHS=2 BROKEN_LOCKS LOST_ANSWERS=1

printf '\n%-53s %9s  %s\n' "WITH A MISTAKE" STATES "FOUND BY"
for mistake in START_BEFORE_APPEND START_BEFORE_RELEASE RELEASE_EARLY NO_LOOK_AGAIN \
  LOOK_BEFORE_RELEASE LEAVE_ON_REJECTION RETIRE_BEFORE_PUSH RETIRE_ON_REJECTION \
  RETIRE_WHAT_WAITS PUSH_WITHOUT_COMPARE; do
  fails "$mistake" REPORTS=2
done
fails RETIRE_ON_SILENCE REPORTS=2 LOST_ANSWERS=1
fails PUSH_THE_SAME_AGAIN REPORTS=2 LOST_ANSWERS=1
fails ACKNOWLEDGE_FIRST REPORTS=2 DEATHS=1

if [ "$failures" -gt 0 ]; then
  echo "error: $failures of these verdicts are not what they must be" >&2
  exit 1
fi
