"""Whatever a caller passes: one clear line, nothing lost, exit 0 unless --strict."""

import os

import pytest
from harness import PROGRAM

BAD_NAMES = ["../x", ".git/hooks/x", "-rf", "", "a\nb", "a" * 10_000, "jöb", "a/b", "..", "x..y",
             ".hidden", "a b", "x.json", "x.lock", "\x1b[31mred"]


@pytest.fixture
def clone(world):
    world.make_remote()
    return world.clone("a")


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_a_bad_job_name_is_refused_in_one_line(world, clone, name):
    before = sorted(str(path) for path in world.directory.rglob("*") if ".git" not in path.parts)
    words = ("report", "-C", clone, "--no-publish", "--", name, "running")
    lenient = world.signalbox(*words, check=False)
    strict = world.signalbox("report", "--strict", *words[1:], check=False)
    assert (lenient.returncode, strict.returncode) == (0, 2)
    error, hint = lenient.stderr.splitlines()
    assert error.startswith("error: job name '") and hint.startswith("hint: ")
    assert len(error) < 300 and "\x1b" not in error
    assert world.waiting(clone) == 0
    after = sorted(str(path) for path in world.directory.rglob("*") if ".git" not in path.parts)
    assert before == after


@pytest.mark.parametrize("words,complaint", [
    (("running", "abc"), "duration 'abc' is not a number"),
    (("running", "-5"), None),
    (("running", "1", "101"), "progress '101' is not a number from 0 to 100"),
    (("running", "1", "nan"), "progress 'nan'"),
    (("running", "1e400"), "duration '1e400'"),
    (("running", "1", "50", "--cpu=x"), "cpu 'x'"),
    (("running", "--metric", "novalue"), "metric 'novalue' is not KEY=VALUE"),
    (("running", "--config", "=x"), "config '=x' is not KEY=VALUE"),
])
def test_a_bad_number_is_left_out_and_the_report_recorded(world, clone, words, complaint):
    if complaint is None:
        words = ("--", "job", *words)
        complaint = "duration '-5' is not a number"
    else:
        words = ("job", *words)
    lenient = world.signalbox("report", "-C", clone, "--no-publish", *words)
    assert complaint in lenient.stderr and len(lenient.stderr.splitlines()) == 1
    assert lenient.stdout.startswith("recorded job running")
    strict = world.signalbox("report", "-C", clone, "--no-publish", "--strict", *words, check=False)
    assert strict.returncode == 2 and complaint in strict.stderr
    assert world.waiting(clone) == 1


@pytest.mark.parametrize("status", ["", "a b", "x" * 100, "läuft", "run\nning"])
def test_a_bad_status_is_refused(world, clone, status):
    result = world.signalbox("report", "-C", clone, "--no-publish", "job", status, check=False)
    assert result.returncode == 0 and result.stderr.startswith("error: ")
    assert world.waiting(clone) == 0


def test_messages_with_slashes_quotes_and_invalid_utf8_are_kept(world, clone):
    message = b"a/b & c \"quoted\" \\ $HOME `x` \xff\xfe \xc3\xa9"
    words = [os.fsencode(word) for word in
             (PROGRAM, "report", "-C", str(clone), "--no-publish", "job", "running", "1", "50")]
    result = world.run(*[os.fsdecode(word) for word in words], os.fsdecode(message))
    assert result.stdout.startswith("recorded")
    world.signalbox("sync", "-C", clone)
    assert world.view("job")["log_entries"] == [
        "a/b & c \"quoted\" \\ $HOME `x` \ufffd\ufffd é"]


def test_a_ten_megabyte_message_is_cut_and_says_so(world, clone):
    # One argument is limited by the kernel to 128 KiB; a document is not.
    big = "x" * 120_000
    world.signalbox("report", "-C", clone, "--no-publish", "job", "running", "1", "50", big)
    world.signalbox("sync", "-C", clone)
    kept = world.view("job")["log_entries"][0]
    assert len(kept) <= 16 * 1024 and kept.endswith("[cut: 120000 bytes]")
    document = b'{"status": "running", "log_entries": ["' + b"y" * 10_000_000 + b'"]}'
    result = world.signalbox("report", "-C", clone, "--no-publish", "big", "failed", "--json", "-",
                             stdin=document)
    assert "larger than 256 KiB" in result.stderr
    assert "recorded big failed" in result.stdout


@pytest.mark.parametrize("kind", ["branch", "remote"])
def test_a_name_that_is_an_option_is_refused_and_the_report_waits(world, clone, kind):
    world.git(clone, "config", f"signalbox.{kind}", "--upload-pack=touch /tmp/never")
    event = world.report(clone, "job", "running")
    result = world.signalbox("publish", "-C", clone, check=False)
    assert result.returncode == 2
    assert f"cannot be the name of a {kind}" in result.stderr
    world.git(clone, "config", "--unset", f"signalbox.{kind}")
    world.signalbox("publish", "-C", clone)
    world.assert_published_once(event)


def test_usage_errors_name_the_help(world, clone):
    result = world.signalbox("report", "-C", clone, "--strict", "--nonsense", check=False)
    assert result.returncode == 2 and "signalbox report --help" in result.stderr
    assert world.signalbox("nonsense", check=False).returncode == 2
    for command in ("init", "report", "publish", "sync", "status", "history"):
        text = world.signalbox(command, "--help").stdout
        assert "Example" in text, command


@pytest.mark.parametrize("limit", ["-1", "99999999999999999999", "1.5", "x"])
def test_a_limit_that_is_no_count_is_refused(world, limit):
    world.make_remote()
    clone = world.clone("a")
    for words in (("history", "job"), ("log",)):
        result = world.signalbox(*words, "-C", clone, "--limit", limit, check=False)
        assert result.returncode == 2 and limit in result.stderr
