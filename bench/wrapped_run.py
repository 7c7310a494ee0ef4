"""What `signalbox run` costs a command: time, memory, and heartbeats."""

import os
import pathlib
import shutil
import statistics
import subprocess
import time

SPIN = "n = 0\nwhile n < {}:\n    n += 1"
MEGABYTES = 100
BEATS = 20
HEARTBEAT = 600  # the default, in seconds
JOBS = 1000


def measure(bench, pairs):
    bench.say("a command under run")
    _, (clone,) = bench.world("wrapped")
    run = [bench.program, "run", "-C", str(clone), "--no-publish", "--job", "job"]
    processor_time(bench, run)
    for name, options in (("", []), (" and read for progress", ["--progress", "percent"])):
        printing(bench, run, name, options, pairs)
    memory(bench, run)
    heartbeats(bench, run)


def used(words, bench, **options):
    """Processor seconds of a command and all that it waited for, and of those its children's."""
    process = subprocess.Popen(words, env=bench.environment, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, words
    return usage.ru_utime + usage.ru_stime


def processor_time(bench, run):
    """Beside itself the command is measured by run: what is left is run's, and its reports'."""
    loops = 1_000_000
    start = time.perf_counter()
    used(["/usr/bin/python3", "-c", SPIN.format(loops)], bench)
    loops = int(loops * 10 / (time.perf_counter() - start))
    seconds = bench.directory / "seconds"
    command = ["/usr/bin/python3", "-c",
               SPIN.format(loops) + f"\nimport time\nopen('{seconds}', 'w').write(str(time.process_time()))"]
    total = used([*run, "--", *command], bench)
    own = total - float(seconds.read_text())
    # The interpreter's end comes after it has looked at its clock.
    end = statistics.median(used(["/usr/bin/python3", "-c", "pass"], bench) for _ in range(5)) / 2
    share = (own - end) / total
    bench.row("run beside a command of 10 s that computes: processor time",
              f"{(own - end) * 1e3:.0f} ms = {share:.2%}", "<= 1 %", share <= 0.01)


def printing(bench, run, name, options, pairs):
    script = bench.directory / "print.sh"
    script.write_text(f"head -c {MEGABYTES * 1000000} /dev/zero\nsleep 1\n")
    command = ["/bin/sh", str(script)]
    for place, suffix in (("a file", f">{bench.directory}/out"), ("a pipe", "| cat >/dev/null")):
        def through_shell(words):
            return ["/bin/bash", "-c", f'"$@" {suffix}', "bash", *words]

        ours, theirs, ratio = bench.paired(through_shell([*run, *options, "--", *command]),
                                           through_shell(command), pairs)
        bench.row(f"run / without, {MEGABYTES} MB printed to {place} in a second{name}",
                  f"{ours * 1e3:.0f} ms / {theirs * 1e3:.0f} ms = {ratio:.3f}x",
                  "" if name else "<= 1.01x", None if name else ratio <= 1.01)


def memory(bench, run):
    process = subprocess.Popen([*run, "--progress", "percent", "--", shutil.which("sleep"), "2"],
                               env=bench.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1)
    kilobytes = 0
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            words = status.with_name("cmdline").read_bytes().split(b"\0")
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except (OSError, ValueError):
            continue
        if bench.program.encode() in words[:1]:
            kilobytes += int(fields.get("VmRSS", "0 kB").split()[0])
    process.communicate()
    bench.row("run, its witness and two copiers: resident memory", f"{kilobytes / 1024:.1f} MB", "<= 10 MB",
              0 < kilobytes <= 10 * 1024)


def heartbeats(bench, run):
    sleep = shutil.which("sleep")
    beating = used([*run, "--heartbeat", "1", "--", sleep, str(BEATS)], bench)
    still = used([*run, "--", sleep, "1"], bench)
    beat = (beating - still) / (BEATS - 1)
    minute = beat * JOBS * 60 / HEARTBEAT
    bench.row(f"a heartbeat (processor time), and of {JOBS} jobs in a minute",
              f"{beat * 1e3:.2f} ms, {minute:.2f} s", "<= 1 s", minute <= 1)
