#!/bin/bash
# Sets the stage of a race: the branch on the remote, and clones of it.
#   stage.sh DIRECTORY REMOTE BRANCH CLONES PEOPLE SETTINGS
# REMOTE is made when it is DIRECTORY/remote.git. Fails when the branch is there already.
set -euo pipefail
directory=$1 remote=$2 branch=$3 clones=$4 people=$5 settings=$6
if [ "$remote" = "$directory/remote.git" ]; then
  git init -q --bare -- "$remote"
  git -C "$remote" symbolic-ref HEAD "refs/heads/$branch"
  git -C "$remote" config core.logAllRefUpdates always
fi
git init -q -- "$directory/seed"
cd "$directory/seed"
git symbolic-ref HEAD "refs/heads/$branch"
mkdir -p data/status
touch data/status/.gitkeep
printf '%s\n' "$settings" >signalbox.toml
echo "Notes of the people of this race" >notes.md
git add -A
git commit -qm "Begin a race"
# Only where no branch of that name is.
git push -q --force-with-lease="refs/heads/$branch:" -- "$remote" "HEAD:refs/heads/$branch"
add_clone() {
  git clone -q --single-branch --branch "$branch" -- "$remote" "$directory/$1"
}
for ((number = 0; number < clones; ++number)); do add_clone "clone-$number"; done
for ((number = 0; number < people; ++number)); do add_clone "person-$number"; done
