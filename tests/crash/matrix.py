#!/usr/bin/env python3
"""The table of faults and commands in docs/reliability.md, from what the tests of this directory noted.

    matrix.py --write    puts the table into the page; every cell must have been tried
"""

import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reliability.md"
NOTES = pathlib.Path(os.environ.get("SIGNALBOX_MATRIX") or ROOT / "build/matrix")
BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"

REMOTE_FAULTS = ["remote: refuses to connect", "remote: hangs", "remote: cuts the line",
                 "remote: answers garbage", "remote: answers 503", "remote: its answer is lost"]
ANSWER_LOST = REMOTE_FAULTS[-1]
FAULTS = ["kill -9", "power cut", "ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES", "disk is full",
          "mounted read-only", *REMOTE_FAULTS]


def note(fault, command, points):
    """One cell: at how many points it was struck, and all was well again each time."""
    NOTES.mkdir(parents=True, exist_ok=True)
    name = f"{fault}.{command}.json".replace("/", "_").replace(" ", "_")
    temporary = NOTES / f".{name}.{os.getpid()}"
    temporary.write_text(json.dumps({"fault": fault, "command": command, "points": points}))
    temporary.rename(NOTES / name)


def notes():
    cells = {}
    for path in NOTES.glob("*.json"):
        cell = json.loads(path.read_text())
        cells[cell["fault"], cell["command"]] = cell["points"]
    return cells


def comes_near(command, fault):
    """Whether the command can meet the fault at all."""
    if fault == ANSWER_LOST:
        return command.talks and command.pushes
    return command.talks or fault not in REMOTE_FAULTS


def table(cells, commands):
    lines = ["| fault | " + " | ".join(f"`{command.name}`" for command in commands) + " |",
             "| --- |" + " --: |" * len(commands)]
    for fault in FAULTS:
        row = [str(cells[fault, command.name]) if comes_near(command, fault) else "" for command in commands]
        lines.append(f"| {fault} | " + " | ".join(row) + " |")
    return "\n".join([*lines, "", f"{sum(cells.values())} points."])


def main():
    sys.path.insert(0, str(ROOT / "tests/support"))
    from commands import COMMANDS

    made = table(notes(), COMMANDS)
    if "--write" not in sys.argv:
        print(made)
        return
    text = PAGE.read_text()
    before, after = text[:text.index(BEGIN)], text[text.index(END):]
    temporary = PAGE.with_suffix(".new")
    temporary.write_text(f"{before}{BEGIN}\n{made}\n{after}")
    temporary.rename(PAGE)


if __name__ == "__main__":
    main()
