"""What a command under `signalbox run` sees, and what its caller sees of it, is as without."""

import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from harness import wait_until

# Prints what it inherited.
INHERITED = """
import os, signal, sys
print([os.readlink(f"/proc/self/fd/{fd}") if os.path.exists(f"/proc/self/fd/{fd}") else None
       for fd in (0, 1, 2)])
print(sorted(os.listdir("/proc/self/fd")))
print(os.getsid(0), os.getpgid(0), os.getcwd(), oct(os.umask(0)))
for line in open("/proc/self/status"):
    if line.startswith(("Sig", "Shd")) and not line.startswith("SigQ"):
        print(line.strip())
print(sorted(set(os.environ.items()) - {("SIGNALBOX_PROGRESS", os.environ.get("SIGNALBOX_PROGRESS"))}))
"""
# Notes each signal, until it is told to end.
COUNTING = """
import os, pathlib, signal, sys, time
seen = pathlib.Path(sys.argv[1])
def note(number, frame):
    with open(seen, "a") as file:
        file.write(f"{number}\\n")
for number in map(int, sys.argv[2:]):
    signal.signal(number, note)
seen.write_text("")
while not seen.with_suffix(".end").exists():
    time.sleep(0.01)
"""


def start(world, words, **options):
    return subprocess.Popen(words, cwd=world.directory, env=world.environment, **options)


@pytest.mark.parametrize("code", [0, 1, 2, 3, 75, 125, 126, 127, 128, 137, 255])
def test_the_exit_status_is_that_of_the_command(world, wrapped, code):
    assert start(world, wrapped("sh", "-c", f"exit {code}")).wait() == code


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "KILL", "SEGV", "ABRT", "PIPE", "USR1", "ALRM"])
def test_a_command_that_dies_by_a_signal_is_seen_to_die_by_it(world, wrapped, name):
    number = signal.Signals[f"SIG{name}"]
    assert start(world, wrapped("sh", "-c", f"kill -{name} $$")).wait() == -number


def test_a_command_that_cannot_be_executed_ends_as_with_env(world, wrapped):
    for word, code in (("no-such-program", 127), ("/etc/passwd", 126), ("/", 126)):
        plain = start(world, ["env", word], stderr=subprocess.DEVNULL)
        ours = start(world, wrapped(word), stderr=subprocess.PIPE, text=True)
        said = ours.communicate()[1]
        assert ours.returncode == plain.wait() == code
        assert said.startswith(f"signalbox run: cannot execute '{word}'")
        assert world.status(world.monitor)["jobs"][0]["status"] == "failed"


@pytest.mark.parametrize("ignored", [(), (signal.SIGPIPE, signal.SIGCHLD, signal.SIGINT)])
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o777])
def test_what_is_inherited_is_as_without(world, wrapped, ignored, mask):
    script = world.directory / "inherited.py"
    script.write_text(INHERITED)

    def prepare():
        os.umask(mask)
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})

    outputs = []
    for words in (["/usr/bin/python3", script], wrapped("/usr/bin/python3", script)):
        out = world.directory / "out"
        with open(out, "w") as file, open(world.directory / "err", "w") as errors:
            process = start(world, words, stdin=subprocess.DEVNULL, stdout=file, stderr=errors,
                            preexec_fn=prepare, restore_signals=False)
            assert process.wait() == 0
        outputs.append(out.read_text().replace(str(process.pid), "PID"))
    sessions = [text.splitlines()[2] for text in outputs]
    assert sessions[0] == sessions[1]
    assert outputs[0] == outputs[1]


def test_closed_streams_stay_closed(world, wrapped):
    result = subprocess.run(["bash", "-c", '"$@" <&- >&- 2>&-; echo $? > code', "bash",
                             *wrapped("bash", "-c", "ls /proc/self/fd > fds; exit 7")],
                            cwd=world.directory, env=world.environment, check=False)
    assert result.returncode == 0
    assert (world.directory / "code").read_text() == "7\n"
    # 1 is the file, 3 or so the directory that ls reads.
    assert "2\n" not in (world.directory / "fds").read_text()


@pytest.mark.parametrize("whole_group", [False, True])
def test_each_signal_reaches_the_command_once(world, wrapped, whole_group):
    numbers = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
               signal.SIGALRM, signal.SIGWINCH, signal.SIGRTMIN + 3]
    script, seen = world.directory / "counting.py", world.directory / "seen"
    script.write_text(COUNTING)
    process = start(world, wrapped("/usr/bin/python3", script, seen, *map(int, numbers)), process_group=0)
    wait_until(seen.exists, "the command stands")
    for count, number in enumerate(numbers, start=1):
        if whole_group:
            os.killpg(process.pid, number)
        else:
            os.kill(process.pid, number)
        wait_until(lambda: len(seen.read_text().split()) >= count, f"signal {number} arrives")
    time.sleep(0.3)  # a second one would be on its way
    seen.with_suffix(".end").touch()
    assert process.wait() == 0
    assert seen.read_text().split() == [str(int(number)) for number in numbers]


def test_a_hundred_megabytes_pass_unchanged(world, wrapped):
    script = world.directory / "print.py"
    script.write_text("import sys\nblock = bytes(range(256)) * 4096\n"
                      "for number in range(100):\n    sys.stdout.buffer.write(block)\n"
                      "    sys.stderr.write(f'{number}%\\n')\n")
    process = start(world, wrapped("/usr/bin/python3", script, options=["--progress", "percent"]),
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    digest = hashlib.sha256()
    while block := process.stdout.read(1 << 20):
        digest.update(block)
    assert process.wait() == 0
    assert digest.digest() == hashlib.sha256(bytes(range(256)) * 4096 * 100).digest()
    assert process.stderr.read().decode().splitlines() == [f"{number}%" for number in range(100)]


def test_stdout_and_stderr_in_one_pipe_keep_their_order(world, wrapped):
    process = start(world, wrapped("bash", "-c", "for i in $(seq 500); do echo $i; echo $i >&2; done"),
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = process.communicate()[0].split()
    assert lines == [str(number // 2 + 1) for number in range(1000)]


@pytest.mark.parametrize("options", [[], ["--progress", "percent"]])
def test_a_reader_that_goes_away_ends_the_command_as_without(world, wrapped, options):
    result = subprocess.run(["bash", "-c", '"$@" | head -1; echo ${PIPESTATUS[0]}', "bash",
                             *wrapped("yes", options=options)],
                            cwd=world.directory, env=world.environment, capture_output=True, text=True,
                            timeout=60, check=True)
    assert result.stdout == "y\n141\n"


def test_a_command_goes_on_when_run_is_killed(world, wrapped):
    process = start(world, wrapped("bash", "-c", "read; echo one >&2; sleep 0.2; echo two >&2; echo three"),
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: world.status(world.monitor)["jobs"], "it is reported")
    process.kill()
    process.wait()
    process.stdin.write("\n")
    process.stdin.close()
    assert process.stdout.read() == "three\n"
    assert process.stderr.read() == "one\ntwo\n"


def test_what_a_command_leaves_behind_may_go_on_printing(world, wrapped):
    process = start(world, wrapped("bash", "-c", "(sleep 1; echo late >&2) & exit 4"),
                    stderr=subprocess.PIPE, text=True)
    assert process.wait() == 4
    assert process.stderr.read() == "late\n"


def test_nothing_of_run_stays_behind(world, wrapped):
    process = start(world, wrapped("true"), stderr=subprocess.PIPE, process_group=0)
    assert process.wait() == 0
    process.stderr.read()

    def members():
        found = []
        for each in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = each.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == process.pid and fields[0] != "Z":
                found.append(each)
        return found

    wait_until(lambda: not members(), "the process group is empty")
    assert not list(pathlib.Path("/tmp").glob(f"signalbox-progress-*{process.pid}*"))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_command_that_is_stopped_and_continued_alone_stops_run_too(world, wrapped):
    process = start(world, wrapped("sleep", "60"))
    child = None

    def find_child():
        nonlocal child
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for each in children:
            try:
                if pathlib.Path(f"/proc/{each}/cmdline").read_bytes().startswith(b"sleep"):
                    child = int(each)
            except OSError:
                continue
        return child

    wait_until(find_child, "the command runs")
    os.kill(child, signal.SIGSTOP)
    pid, status = os.waitpid(process.pid, os.WUNTRACED)
    assert pid == process.pid and os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGSTOP
    os.kill(process.pid, signal.SIGCONT)
    wait_until(lambda: pathlib.Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "S",
               "the command goes on")
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM


def test_where_the_kernel_cannot_close_many_descriptors_at_once_a_pipe_ends_with_the_command(world, wrapped):
    """close_range(2) came with Linux 5.9, and some containers forbid it."""
    words = wrapped("sh", "-c", "echo out; echo err >&2")
    piped = subprocess.run(["sh", "-c", '"$@" 2>&1 | cat', "sh", "strace", "-f", "-qq", "-o", "/dev/null",
                            "-e", "trace=close_range", "-e", "inject=close_range:error=ENOSYS", *words],
                           cwd=world.directory, env=world.environment, capture_output=True, text=True,
                           timeout=60, check=False)
    assert sorted(piped.stdout.split()) == ["err", "out"]


def test_lines_of_commands_that_share_a_pipe_stay_whole(world, wrapped):
    script = world.directory / "lines.py"
    script.write_text("import os, sys\nfor number in range(4000):\n"
                      "    os.write(1, (sys.argv[1] * 99 + '\\n').encode())\n")
    words = [wrapped("/usr/bin/python3", script, letter, job=f"job{letter}", options=["--progress", "percent"])
             for letter in "abc"]
    reader, writer = os.pipe()
    started = [start(world, each, stdout=writer) for each in words]
    os.close(writer)
    with open(reader, encoding="utf-8") as lines:
        found = [line.rstrip("\n") for line in lines]
    assert [process.wait() for process in started] == [0, 0, 0]
    assert len(found) == 12000 and set(found) == {letter * 99 for letter in "abc"}


def test_with_no_descriptor_left_to_watch_it_the_command_runs_all_the_same(world, wrapped):
    result = subprocess.run(["bash", "-c", 'ulimit -n 4; exec "$@"', "bash", *wrapped("sh", "-c", "echo ok; exit 6")],
                            cwd=world.directory, env=world.environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (6, "ok\n")
