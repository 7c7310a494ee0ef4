"""What `signalbox run` tells of a command, and that it disturbs nothing when it cannot."""

import json
import os
import signal
import subprocess

import pytest
from harness import PROGRAM, wait_until


def run(world, words, **options):
    return subprocess.run([str(word) for word in words], cwd=world.directory,
                          env=dict(world.environment, **options.pop("env", {})), capture_output=True,
                          text=True, timeout=120, check=False, **options)


def view(world, job="job"):
    world.signalbox("sync", "-C", world.monitor)
    return world.view(job)


def test_a_command_that_ends_well_is_completed(world, wrapped):
    assert run(world, wrapped("sh", "-c", "sleep 1.1; echo noise >&2", options=["--config", "epochs=3"])).returncode == 0
    found = view(world)
    assert (found["status"], found["progress"], found["exit_code"]) == ("completed", 100, 0)
    assert found["duration"] >= 1 and found["start_time"] < found["end_time"]
    assert found["log_entries"] == [] and found["config"] == {"epochs": "3"}
    assert found["metrics"]["memory_peak"] > 0
    assert [event["status"] for event in world.events()] == ["running", "completed"]
    assert len({event["run_id"] for event in world.events()}) == 1


def test_each_start_is_a_run_of_its_own(world, wrapped):
    for _ in range(2):
        run(world, wrapped("true"))
    view(world)
    assert len({event["run_id"] for event in world.events()}) == 2


def test_the_exit_code_of_one_run_is_not_that_of_the_next(world, wrapped):
    run(world, wrapped("sh", "-c", "exit 3"))
    run(world, wrapped("true"))
    view(world)
    codes = [event.get("extra", {}).get("exit_code") for event in
             sorted(world.events(), key=lambda event: event["id"])]
    assert codes == [None, 3, None, 0]


@pytest.mark.parametrize("where", ["pipe", "file", "appended file"])
def test_a_command_that_fails_tells_the_end_of_its_stderr(world, wrapped, where):
    words = wrapped("sh", "-c", "for i in $(seq 30); do echo line $i >&2; done; "
                                "echo 'token=ghp_0123456789012345678901234567890123AB' >&2; exit 3")
    if where == "pipe":
        assert run(world, words).returncode == 3
    else:
        path = world.directory / "errors"
        path.write_text("of an earlier run\n" * 5)
        with open(path, "a" if where == "appended file" else "w") as errors:
            assert subprocess.run(words, cwd=world.directory, env=world.environment, stderr=errors,
                                  check=False).returncode == 3
    found = view(world)
    lines = found["log_entries"][0].split("\n")
    assert found["status"] == "failed" and found["exit_code"] == 3
    assert lines[0] == "exit code 3"
    assert lines[1:20] == [f"line {number}" for number in range(12, 31)]
    assert "ghp_" not in str(found)


@pytest.mark.parametrize("name, status", [("TERM", "cancelled"), ("INT", "cancelled"), ("KILL", "failed"), ("SEGV", "failed")])
def test_a_signal_that_ends_it_gives_the_status(world, wrapped, name, status):
    run(world, wrapped("sh", "-c", f"kill -{name} $$"))
    found = view(world)
    assert found["status"] == status and found["log_entries"] == [f"killed by SIG{name}"]


def test_a_command_that_cleans_up_after_sigterm_was_cancelled(world, wrapped):
    stands = world.directory / "stands"
    process = subprocess.Popen(wrapped("bash", "-c", f"trap 'exit 9' TERM; touch {stands}; while :; do sleep 0.1; done"),
                               cwd=world.directory, env=world.environment)
    wait_until(stands.exists, "it stands")
    process.terminate()
    assert process.wait() == 9
    assert (view(world)["status"], view(world)["exit_code"]) == ("cancelled", 9)


def test_the_warning_signal_before_the_end_makes_a_timeout(world, wrapped):
    stands, warned = world.directory / "stands", world.directory / "warned"
    process = subprocess.Popen(
        wrapped("bash", "-c", f"trap 'touch {warned}' USR1; touch {stands}; while :; do sleep 0.1; done",
                options=["--warning-signal", "USR1"]),
        cwd=world.directory, env=world.environment)
    wait_until(stands.exists, "it stands")
    process.send_signal(signal.SIGUSR1)
    wait_until(warned.exists, "the command has it")
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    assert view(world)["status"] == "timeout"


@pytest.mark.parametrize("option, printed, percent", [
    ("--progress=tqdm", r"\r 10%|#         | 1/10\r 45%|####      | 4/10 [00:01<00:02, 3.6it/s]", 45),
    ("--progress=percent", r"done 12.5 %\nnow 33 % of it\n", 33),
    ("--progress=step", r"Epoch 1/4\nstep 7 of 8\nfile 3/900\n", 87.5),
    (r"--progress-regex=row (\d+) of (\d+)", r"row 1 of 3\nrow 2 of 3\n", 66.7),
])
@pytest.mark.parametrize("stream", [1, 2])
def test_progress_is_read_from_what_is_printed(world, wrapped, option, printed, percent, stream):
    run(world, wrapped("sh", "-c", f"printf '{printed.replace('%', '%%')}' >&{stream}; exit 1", options=[option]))
    assert view(world)["progress"] == percent


def test_progress_is_read_from_the_file_that_the_command_writes(world, wrapped):
    run(world, wrapped("sh", "-c", 'echo 20 >"$SIGNALBOX_PROGRESS"; echo "3/4 almost" >>"$SIGNALBOX_PROGRESS"; exit 1'))
    assert view(world)["progress"] == 75


def test_a_heartbeat_tells_duration_cpu_and_memory_of_the_whole_tree(world, wrapped):
    stop = world.directory / "stop"
    busy = f"import os\nx = bytearray(60_000_000)\nwhile not os.path.exists({str(stop)!r}): pass"
    process = subprocess.Popen(wrapped("sh", "-c", f'python3 -c "{busy}"; true', options=["--heartbeat", "1"]),
                               cwd=world.directory, env=world.environment)

    def told():
        beats = json.loads(world.signalbox("history", "job", "-C", world.monitor, "--json").stdout)
        return (len(beats) >= 3 and max(beat.get("duration", 0) for beat in beats) >= 1
                and max(beat.get("memory_usage", 0) for beat in beats) > 50
                and max(beat.get("cpu_usage", 0) for beat in beats) > 20)

    wait_until(told, "heartbeats tell of the command's child")
    stop.touch()
    assert process.wait() == 0
    assert view(world)["metrics"]["memory_peak"] > 60


def test_a_repository_that_is_not_there_disturbs_nothing(world, wrapped):
    environment = {"SIGNALBOX_REPO": str(world.directory / "nowhere")}
    result = run(world, wrapped("sh", "-c", "echo out; echo err >&2; exit 5"), env=environment)
    assert (result.returncode, result.stdout, result.stderr) == (5, "out\n", "err\n")


def test_reports_that_can_be_kept_nowhere_are_told_once_and_disturb_nothing(world, wrapped):
    (world.directory / "file").write_text("")
    environment = {"SIGNALBOX_REPO": str(world.directory / "nowhere"),
                   "XDG_STATE_HOME": str(world.directory / "file")}
    result = run(world, wrapped("sh", "-c", "echo out; echo err >&2; exit 5"), env=environment)
    assert (result.returncode, result.stdout) == (5, "out\n")
    told = result.stderr.removeprefix("err\n")
    assert told.startswith("signalbox run: ") and "NOT recorded" in told and told.count("\n") == 1


def test_no_process_and_no_file_left_to_report_with_disturbs_nothing(world, wrapped):
    """The limit on processes is reached: the command itself was started before."""
    result = run(world, ["bash", "-c", 'ulimit -f 0; "$@"', "bash", *wrapped("sh", "-c", "echo out; exit 5")])
    assert (result.returncode, result.stdout) == (5, "out\n")


@pytest.mark.parametrize("words, message", [
    (["run", "--", "true"], "job"),
    (["run", "--job", "x"], "no command was given"),
    (["run", "--job", "x", "--heartbeat", "0", "--", "true"], "--heartbeat"),
    (["run", "--job", "x", "--progress-regex", "(", "--", "true"], "progress pattern"),
    (["run", "--job", "x", "--progress", "nothing", "--", "true"], "groups"),
    (["run", "--job", "x", "--warning-signal", "FOO", "--", "true"], "no signal"),
])
def test_wrong_options_are_told_before_anything_is_started(world, words, message):
    result = run(world, [PROGRAM, *words])
    assert result.returncode == 2 and message in result.stderr


def test_the_environment_names_a_file_that_is_gone_afterwards(world, wrapped):
    result = run(world, wrapped("sh", "-c", 'echo "$SIGNALBOX_PROGRESS"; test -f "$SIGNALBOX_PROGRESS"'))
    assert result.returncode == 0 and not os.path.exists(result.stdout.strip())


def test_a_temporary_directory_that_is_not_there_disturbs_nothing(world, wrapped):
    result = run(world, wrapped("bash", "-ec", "echo 45 > $SIGNALBOX_PROGRESS; exit 1"),
                 env={"TMPDIR": str(world.directory / "gone")})
    assert result.returncode == 1 and result.stderr == ""
    assert view(world)["progress"] == 45


def test_of_a_progress_file_that_grows_its_end_counts(world, wrapped):
    run(world, wrapped("bash", "-c", 'for i in $(seq 6400); do echo "$i/8000 chunk $i"; done >>$SIGNALBOX_PROGRESS; exit 1'))
    assert view(world)["progress"] == 80


def test_a_signal_that_the_command_ignored_did_not_cancel_it(world, wrapped):
    stands = world.directory / "stands"
    process = subprocess.Popen(["nohup", *wrapped("sh", "-c", f"touch {stands}; while [ ! -e end ]; do sleep 0.05; done; exit 1")],
                               cwd=world.directory, env=world.environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    wait_until(stands.exists, "it stands")
    process.send_signal(signal.SIGHUP)
    (world.directory / "end").touch()
    assert process.wait() == 1
    assert view(world)["status"] == "failed"


def test_a_shell_whose_command_was_cancelled_was_cancelled(world, wrapped):
    run(world, wrapped("bash", "-c", "bash -c 'kill -TERM $$'; exit $?"))
    assert view(world)["status"] == "cancelled"


def test_a_report_that_hangs_holds_up_nobody_who_asks_to_end(world, wrapped):
    process = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
                                "inject=fsync,fdatasync:delay_enter=60000000", *wrapped("sleep", "0.2")],
                               cwd=world.directory, env=world.environment, start_new_session=True)
    child = None

    def runs():
        nonlocal child
        child = next((int(line.split()[0]) for line in subprocess.run(
            ["ps", "-o", "pid=,ppid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True,
            check=False).stdout.splitlines() if " run --job" in line), None)
        return child is not None

    wait_until(runs, "run is there")
    wait_until(lambda: not subprocess.run(["pgrep", "-P", str(child), "sleep"], capture_output=True, check=False).stdout,
               "the command is over")
    os.kill(child, signal.SIGTERM)
    wait_until(lambda: not os.path.exists(f"/proc/{child}") or
               open(f"/proc/{child}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()[0] == "Z",
               "run is over")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
