#!/bin/bash
# The tests of the dashboard's page. Skipped (77) where the tools for it cannot be had; in continuous
# integration only an old Node is an excuse.
set -euo pipefail
cd "$(dirname "$0")"

skip() {
  printf 'skipped: %s\n' "$1"
  exit 77
}

version=$(node --version 2>/dev/null || echo v0)
version=${version#v}
[ "${version%%.*}" -ge 20 ] || skip "the tests need Node 20; this is ${version}"
if ! command -v chromium >/dev/null; then
  [ "${CI:-}" != true ] || { echo 'chromium is not installed'; exit 1; }
  skip "chromium is not installed"
fi
[ -e ../../web/dist/app.js ] || { echo 'web/dist is not built'; exit 1; }
exec node --test --test-concurrency=1 ./*.test.mjs
