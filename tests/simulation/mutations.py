#!/usr/bin/env python3
"""Deliberate mistakes in the protocol, each of which the simulation must catch.

A mutation is a patch of one file of src/ (mutations/NAME.patch) with two lines before it: what it
breaks, and whether the simulation must catch it or must survive it. The mutated file is compiled
beside the build and linked in front of the libraries, then seeds run until one fails. A patch that
does not apply any more, and a mutation that no seed catches, are failures of this script.
"""

import argparse
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATCHES = pathlib.Path(__file__).resolve().parent / "mutations"
PAGE = ROOT / "docs/reliability.md"
BEGIN, END = "<!-- mutations: begin -->", "<!-- mutations: end -->"
FAILED = re.compile(r"^FAILED: seed (\d+): (.*)$", re.MULTILINE)


class Mutation:
    def __init__(self, path):
        self.name = path.stem
        self.path = path
        text = path.read_text()
        self.breaks = re.match(r"Breaks: (.*)\n", text).group(1)
        self.must_be_caught = re.search(r"^Expect: (caught|survives)$", text, re.MULTILINE).group(1) == "caught"
        self.source = re.search(r"^--- a/(\S+)", text, re.MULTILINE).group(1)

    def build(self, build, directory):
        """The simulation with this mistake in it; an error when the patch does not apply."""
        source = directory / pathlib.Path(self.source).name
        source.write_bytes((ROOT / self.source).read_bytes())
        run(["patch", "--quiet", "--fuzz=0", "--no-backup-if-mismatch", str(source), str(self.path)])
        mutated = directory / "mutated.o"
        compiling = shlex.split(command_for(build, self.source))
        compiling[compiling.index("-o") + 1] = str(mutated)
        compiling[compiling.index("-c") + 1] = str(source)
        run([word for word in compiling if word != "ccache"], build)
        linking = run(["ninja", "-t", "commands", "simulate"], build).splitlines()[-1]
        program = directory / "simulate"
        linking = linking.replace(" -o tests/simulate ", f" {mutated} -o {program} ", 1)
        run(["sh", "-c", linking], build)
        return program


def run(command, directory=None):
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command[:6])} ...\n{done.stdout}{done.stderr}")
    return done.stdout


def command_for(build, source):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]) == ROOT / source:
            return entry["command"]
    raise RuntimeError(f"nothing compiles {source}")


def try_out(mutation, build, seeds, jobs):
    """The first seed that fails, how many ran, and what the checker said."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as directory:
        program = mutation.build(build, pathlib.Path(directory))
        done = subprocess.run([program, "--seeds", f"1..{seeds}", "--no-shrink", "--jobs", str(jobs)],
                              capture_output=True, text=True)
    failures = sorted((int(seed), words) for seed, words in FAILED.findall(done.stdout))
    if (done.returncode != 0) != bool(failures):
        raise RuntimeError(f"the simulation ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return failures[0] if failures else None


def short(words):
    """Without ids and paths that only that seed has."""
    words = re.sub(r", (event|path|commit) .*", "", words)
    words = re.sub(r"'[^']*'", "…", words)
    return words if len(words) < 90 else words[:87] + "…"


def row_of(mutation, failure, seeds):
    if not mutation.must_be_caught:
        verdict = f"{seeds} seeds: all held, as they must" if failure is None else f"**seed {failure[0]}**"
        return f"| {mutation.name} | {mutation.breaks} | none | {verdict} |"
    if failure is None:
        return f"| {mutation.name} | {mutation.breaks} | **not caught** | |"
    return f"| {mutation.name} | {mutation.breaks} | {failure[0]} | {short(failure[1])} |"


def write_table(rows):
    text = PAGE.read_text()
    table = "\n".join(["| mutation | what it breaks | caught by seed | what the checker said |",
                       "| --- | --- | --- | --- |", *rows])
    before, after = text.index(BEGIN) + len(BEGIN), text.index(END)
    PAGE.write_text(text[:before] + "\n" + table + "\n" + text[after:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--seeds", type=int, default=2000, help="at most so many for one that must be caught")
    parser.add_argument("--survived-seeds", type=int, default=300, help="for one that must be survived")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write the table into docs/reliability.md")
    parser.add_argument("names", nargs="*", help="only these")
    options = parser.parse_args()
    build = options.build.resolve()
    run(["ninja", "simulate"], build)
    rows, wrong = [], []
    for path in sorted(PATCHES.glob("*.patch")):
        mutation = Mutation(path)
        if options.names and mutation.name not in options.names:
            continue
        seeds = options.seeds if mutation.must_be_caught else options.survived_seeds
        try:
            failure = try_out(mutation, build, seeds, options.jobs)
        except RuntimeError as error:
            print(f"{mutation.name}: {error}", file=sys.stderr)
            wrong.append(mutation.name)
            continue
        rows.append(row_of(mutation, failure, seeds))
        print(rows[-1], flush=True)
        if (failure is not None) != mutation.must_be_caught:
            wrong.append(mutation.name)
    if options.write and not wrong and not options.names:
        write_table(rows)
    if wrong:
        print(f"error: {', '.join(wrong)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
