#!/bin/bash
# One fuzzer for some seconds, from the corpus, the seeds and what earlier runs kept in build-fuzz/. An
# input that it fails on is made as small as a minute allows, and left in build-fuzz/found/.
#
#   fuzz/run.sh TARGET SECONDS
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
name=$1 seconds=$2 place=build-fuzz
program=$place/fuzz_$name log=$place/found/$name.log
mkdir -p "$place/found" "$place/grown/$name" "$place/seeds/$name"
options=(-max_len=4096 -timeout=10 -verbosity=0)

if "$program" "${options[@]}" -max_total_time="$seconds" -print_final_stats=1 -verbosity=1 \
  -artifact_prefix="$place/found/$name-" "$place/grown/$name" "fuzz/corpus/$name" \
  "$place/seeds/$name" >"$log" 2>&1; then
  last=$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -1)
  runs=$(grep -oE 'number_of_executed_units: [0-9]+' "$log" | grep -oE '[0-9]+')
  printf '%-10s %s, %s runs\n' "$name" "$last" "$runs"
  exit 0
fi
grep -E 'ERROR|a property does not hold|SUMMARY' "$log" >&2 || tail -20 "$log" >&2
found=$(grep -oE "$place/found/$name-[a-z]+-[0-9a-f]+" "$log" | tail -1)
if [ -n "$found" ]; then
  "$program" "${options[@]}" -minimize_crash=1 -max_total_time=60 \
    -exact_artifact_path="$found.small" "$found" >>"$log" 2>&1 || true
  [ -e "$found.small" ] && mv "$found.small" "$found"
  printf 'error: %s fails on %s; mend it, and add the file to fuzz/corpus/%s/\n' \
    "$name" "$found" "$name" >&2
fi
exit 1
