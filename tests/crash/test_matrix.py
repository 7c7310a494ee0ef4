"""The table of docs/reliability.md is that of the code: every command, every fault, none left out."""

import re

from commands import COMMANDS
from matrix import BEGIN, END, FAULTS, PAGE, comes_near


def test_the_page_has_a_number_in_every_cell_that_a_command_comes_near():
    lines = PAGE.read_text().split(BEGIN)[1].split(END)[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert rows[0] == ["fault", *(f"`{command.name}`" for command in COMMANDS)]
    assert [row[0] for row in rows[2:]] == FAULTS
    for row in rows[2:]:
        for command, cell in zip(COMMANDS, row[1:], strict=True):
            assert bool(re.fullmatch(r"[1-9]\d*", cell)) == comes_near(command, row[0]), (command.name, row[0])
