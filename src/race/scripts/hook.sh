#!/bin/bash
# The pre-receive hook of a race's remote: hangs or refuses while the race says so.
faults=$(dirname "$0")/../../faults
for ((glance = 0; glance < 300; ++glance)); do
  [ -e "$faults/hang" ] || break
  sleep 0.1
done
if [ -e "$faults/reject" ]; then
  echo "the race refuses this push" >&2
  exit 1
fi
exit 0
