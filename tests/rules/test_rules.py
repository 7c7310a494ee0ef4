"""The rules of the house, as tests."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.cpp")) + sorted((ROOT / "src").rglob("*.h"))
INCLUDE = re.compile(r'^#include "([a-z_]+)/', re.MULTILINE)


def floors():
    """Each room's floor, from the one place that says so."""
    floor, found = None, {}
    for line in (ROOT / "src/CMakeLists.txt").read_text().splitlines():
        if line.startswith("# floor "):
            floor = int(line.split()[2])
        room = re.match(r"signalbox_room\((\w+)", line)
        if room:
            found[room.group(1)] = floor
    return found


def lines_matching(pattern, paths):
    return [f"{path.relative_to(ROOT)}: {line.strip()}" for path in paths
            for line in path.read_text().splitlines() if re.search(pattern, line)]


def in_room(*rooms):
    return [path for path in SOURCES if path.parent.name in rooms]


def outside(*rooms):
    return [path for path in SOURCES if path.parent.name not in rooms]


def test_every_room_is_on_a_floor():
    rooms = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    assert rooms == set(floors())


def test_includes_go_down_or_stay_in_the_room():
    floor = floors()
    wrong = []
    for path in SOURCES:
        room = path.parent.name
        if room == "src":
            continue
        for other in INCLUDE.findall(path.read_text()):
            if other != room and floor[other] >= floor[room]:
                wrong.append(f"{path.relative_to(ROOT)} includes from {other}")
    assert not wrong


def test_libgit2_is_seen_in_one_room_only():
    assert not lines_matching(r"#include <git2|repository/git\.h|repository/implementation\.h",
                              outside("repository"))


def test_sqlite_is_seen_in_one_room_only():
    assert not lines_matching(r"sqlite3\.h|index/sqlite\.h", outside("index"))


def test_libmicrohttpd_is_seen_in_one_file_only():
    assert len(lines_matching(r"#include <microhttpd", SOURCES)) == 1


def test_cli11_is_seen_in_one_file_only():
    assert len(lines_matching(r"#include <CLI/", SOURCES)) == 1


def test_git_is_run_in_one_room_only():
    assert not lines_matching(r'^\s*\{?"git"[,}]|\{"git",', outside("transport"))


def test_the_real_clock_and_file_system_are_passed_in():
    # `os` makes them, main passes them on; git_remote and garbage stand for a program that has its
    # own. What else asks for them would escape the simulation (tests/simulation/).
    found = lines_matching(r"\b(real_clock|real_file_system|getpid)\(", outside("os", "transport", "src"))
    assert not found


def test_no_shell_is_called():
    assert not lines_matching(r"\b(system|popen)\(", SOURCES)


def test_only_the_command_line_talks():
    assert not lines_matching(r"std::(cout|cerr)|\bprintf\(", SOURCES)


def test_exceptions_stop_at_the_libraries_that_throw():
    # CLI11's parse errors, and std::thread where the system has no room for one more.
    found = lines_matching(r"\bcatch \(", SOURCES)
    throwing = ("cli/command_line.cpp", "os/repeated_step.cpp")
    assert all(any(name in line for name in throwing) for line in found), found


def test_every_header_opens_with_what_it_is_for():
    wrong = [str(path.relative_to(ROOT)) for path in SOURCES
             if path.suffix == ".h" and not path.read_text().startswith("//")]
    assert not wrong


def test_a_file_tells_one_story():
    long = [f"{path.relative_to(ROOT)}: {count}" for path in SOURCES
            if (count := len(path.read_text().splitlines())) > 500]
    assert not long


def test_nothing_is_left_for_later():
    assert not lines_matching(r"\b(TODO|FIXME|XXX|HACK|for now)\b", SOURCES)
