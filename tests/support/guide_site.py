"""The place that the race condition prevention guide speaks of: ~/research/mosquito-alert-model-monitor,
a clone with the scripts in it, on a machine with `signalbox` and a stand-in of `sbatch` on its PATH."""

import pathlib
import shutil

from harness import PROGRAM, World

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Runs a copy of the script at once, as SLURM does in the end, and knows that there are numbers.
SBATCH = """#!/bin/bash
counter=$HOME/.sbatch_counter
number=$(($(cat "$counter" 2>/dev/null || echo 1000) + 1))
echo $number >"$counter"
spooled=$HOME/.sbatch_$number/slurm_script
mkdir -p "$(dirname "$spooled")"
cp "$1" "$spooled" && chmod u+x "$spooled"
export SLURM_JOB_ID=$number SLURM_SUBMIT_DIR=$PWD
"$spooled" >"$HOME/.sbatch_$number/output" 2>&1
echo $? >"$HOME/.sbatch_$number/exit_code"
echo "Submitted batch job $number"
"""


class Site(World):
    def __init__(self, directory):
        super().__init__(directory)
        self.bin = self.directory / "bin"
        self.bin.mkdir()
        (self.bin / "signalbox").symlink_to(PROGRAM)
        (self.bin / "sbatch").write_text(SBATCH)
        (self.bin / "sbatch").chmod(0o755)
        self.environment["PATH"] = f"{self.bin}:{self.environment['PATH']}"
        self.home = pathlib.Path(self.environment["HOME"])
        self.make_remote()
        self.monitor = self.home / "research/mosquito-alert-model-monitor"
        self.monitor.parent.mkdir()
        self.run("git", "clone", "-q", self.remote, self.monitor)
        shutil.copytree(ROOT / "scripts", self.monitor / "scripts")
        self.git(self.monitor, "add", "scripts")
        self.git(self.monitor, "commit", "-qm", "Install the scripts")
        self.git(self.monitor, "push", "-q")
        self.log = self.monitor / "logs/dashboard_sync.log"

    def bash(self, commands, check=True, cwd=None, **options):
        """Types commands of the guide, in the monitor repository unless told otherwise."""
        return self.run("bash", "-c", commands, cwd=cwd or self.monitor, check=check, **options)

    def script(self, name, *words, **options):
        return self.run(self.monitor / "scripts" / name, *words, **options)

    def sbatch_exit_code(self, number):
        return (self.home / f".sbatch_{number}/exit_code").read_text().strip()

    def sync(self):
        return self.signalbox("sync", "-q", "-C", self.monitor)
