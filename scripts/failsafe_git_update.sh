#!/bin/sh
# The older name of failsafe_git_update_safe.sh, which lies beside it:
#   failsafe_git_update.sh REPO JOB STATUS [DURATION [PROGRESS]]
# Never fails and never waits: the exit code is 0 whatever happens.

here=$(dirname "$(readlink -f "$0" || echo "$0")")
if [ -x "$here/failsafe_git_update_safe.sh" ]; then
  "$here/failsafe_git_update_safe.sh" "$@"
else
  echo "⚠️  '$here/failsafe_git_update_safe.sh' was not found: NOT recorded" >&2
fi
exit 0
