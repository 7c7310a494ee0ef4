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

FAULTS = ["kill -9", "power cut", "ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES", "disk is full",
          "mounted read-only", "remote: refuses to connect", "remote: hangs", "remote: cuts the line",
          "remote: answers garbage", "remote: answers 503", "remote: its answer is lost"]


def note(fault, command, points, outcome="recovered"):
    """One cell: how many points were tried, and the worst that came of it."""
    NOTES.mkdir(parents=True, exist_ok=True)
    name = f"{fault}.{command}.json".replace("/", "_").replace(" ", "_")
    temporary = NOTES / f".{name}.{os.getpid()}"
    temporary.write_text(json.dumps(
        {"fault": fault, "command": command, "points": points, "outcome": outcome}))
    temporary.rename(NOTES / name)


def notes():
    cells = {}
    for path in NOTES.glob("*.json"):
        cell = json.loads(path.read_text())
        cells[cell["fault"], cell["command"]] = cell
    return cells


def table(cells, commands):
    lines = ["| command | " + " | ".join(FAULTS) + " |", "| --- |" + " --- |" * len(FAULTS)]
    for command in commands:
        row = []
        for fault in FAULTS:
            cell = cells.get((fault, command))
            row.append(f"{cell['points']} {cell['outcome']}" if cell else "")
        lines.append(f"| `{command}` | " + " | ".join(row) + " |")
    points = sum(cell["points"] for cell in cells.values())
    lines += ["", f"{points} points in all. An empty cell: the command does not come near it."]
    return "\n".join(lines)


def main():
    sys.path.insert(0, str(ROOT / "tests/support"))
    from commands import COMMANDS

    cells = notes()
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    made = before + BEGIN + "\n" + table(cells, [command.name for command in COMMANDS]) + "\n" + END + after
    if "--write" not in sys.argv:
        print(table(cells, [command.name for command in COMMANDS]))
        return
    temporary = PAGE.with_suffix(".new")
    temporary.write_text(made)
    temporary.rename(PAGE)


if __name__ == "__main__":
    main()
