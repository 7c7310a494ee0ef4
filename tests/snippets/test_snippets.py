"""The blocks of docs/manual/snippets.md, as they stand there, with the real tools."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from harness import wait_until

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/manual/snippets.md"
BLOCKS = dict(re.findall(r"^```([\w-]+)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE))


def needs(program):
    if shutil.which(program) is None:
        assert os.environ.get("CI") != "true", f"{program} is not installed"
        pytest.skip(f"{program} is not installed")


def run(world, *words, installed=True):
    return world.run(*words, env=None if installed else world.without_program, check=False,
                     cwd=world.directory)


def told(world):
    """What each report said, oldest first."""
    world.signalbox("sync", "-C", world.monitor)
    events = sorted(world.events(), key=lambda event: event["id"])
    return [(event["job"], event["status"], event.get("progress"), event.get("message")) for event in events]


def write(world, name, text):
    path = world.directory / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("code", [0, 3])
def test_bash(world, code):
    script = write(world, "job.sh", BLOCKS["bash"] + f"exit {code}\n")
    assert run(world, "bash", "-e", script).returncode == code
    assert [status for _, status, _, _ in told(world)] == ["running", "failed" if code else "completed"]
    if code:
        assert told(world)[-1][3] == "exit code 3"
    assert run(world, "bash", "-e", script, installed=False).returncode == code


def test_bash_that_is_killed(world):
    script = write(world, "job.sh", BLOCKS["bash"] + "touch stands\nwhile :; do sleep 0.1; done\n")
    process = subprocess.Popen(["bash", script], env=world.environment, cwd=world.directory, start_new_session=True)
    wait_until((world.directory / "stands").exists, "it stands")
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait() == 143
    assert [status for _, status, _, _ in told(world)] == ["running", "cancelled"]


def test_python(world):
    script = write(world, "job.py", BLOCKS["python"])
    assert run(world, "/usr/bin/python3", script).returncode == 0
    assert told(world) == [("weather", "running", None, None),
                           *(("weather", "running", 25 * step, f"step {step}") for step in range(4)),
                           ("weather", "completed", 100, "step 3")]
    assert run(world, "/usr/bin/python3", script, installed=False).returncode == 0


def test_python_that_raises(world):
    script = write(world, "job.py", BLOCKS["python"] + "        raise ValueError('no data')\n")
    result = run(world, "/usr/bin/python3", script)
    assert result.returncode == 1 and "ValueError: no data" in result.stderr
    assert told(world)[-1] == ("weather", "failed", 0, "ValueError: no data")


def test_r(world):
    needs("Rscript")
    script = write(world, "job.R", BLOCKS["r"])
    assert run(world, "Rscript", script).returncode == 0
    assert told(world) == [("weather", "running", None, None), ("weather", "running", 50, "half of it"),
                           ("weather", "completed", 100, "half of it")]
    assert run(world, "Rscript", script, installed=False).returncode == 0


def test_r_that_stops(world):
    needs("Rscript")
    script = write(world, "job.R", BLOCKS["r"].replace('progress(50, "half of it")', 'stop("it\'s \\"bad\\"")'))
    assert run(world, "Rscript", script).returncode == 1
    assert told(world)[-1] == ("weather", "failed", 0, 'it\'s "bad"')


def test_make(world):
    needs("make")
    write(world, "weather.csv", "rain\n")
    write(world, "Makefile", BLOCKS["make"])
    assert run(world, "make", "forecast.txt").returncode == 0
    assert (world.directory / "forecast.txt").read_text() == "rain\n"
    assert [(job, status) for job, status, _, _ in told(world)] == [("forecast.txt", "running"),
                                                                    ("forecast.txt", "completed")]


def test_make_without_the_program(world):
    needs("make")
    write(world, "weather.csv", "rain\n")
    write(world, "Makefile", BLOCKS["make"])
    assert run(world, "make", "forecast.txt", installed=False).returncode == 0
    assert (world.directory / "forecast.txt").read_text() == "rain\n"


def test_snakemake_rule(world):
    needs("snakemake")
    write(world, "weather.csv", "rain\n")
    write(world, "Snakefile", BLOCKS["snakemake"])
    result = run(world, "snakemake", "--cores", "1", "--nolock")
    assert result.returncode == 0, result.stderr
    assert [(job, status) for job, status, _, _ in told(world)] == [("forecast", "running"), ("forecast", "completed")]


RULE = re.search(r'shell: "(.*)"', BLOCKS["snakemake"]).group(1)


@pytest.mark.parametrize("command, status", [("cp {input} {output}", "completed"), ("false", "failed")])
def test_snakemake_log_handler(world, command, status):
    needs("snakemake")
    write(world, "weather.csv", "rain\n")
    write(world, "Snakefile", BLOCKS["snakemake"].replace(RULE, command))
    handler = write(world, "signalbox_log.py", BLOCKS["python-snakemake"])
    result = run(world, "snakemake", "--cores", "1", "--nolock", "--log-handler-script", handler)
    assert (result.returncode == 0) == (status == "completed"), result.stderr
    assert [(job, said) for job, said, _, _ in told(world)] == [("forecast", "running"), ("forecast", status)]


def test_nextflow_trace(world):
    # As Nextflow writes it (its documentation, "Trace file"); Debian has no Nextflow.
    trace = write(world, "trace.txt",
                  "task_id\thash\tnative_id\tname\tstatus\texit\tsubmit\tduration\trealtime\t%cpu\tpeak_rss\n"
                  "19\t45/ab752a\t2032\tblast (1)\tCOMPLETED\t0\t2014-10-23 16:33:16.288\t1m\t5s\t0.0%\t29.8 MB\n"
                  "20\t72/db873d\t2033\tblast (2)\tFAILED\t137\t2014-10-23 16:34:17.211\t30s\t10s\t35.7%\t152 MB\n"
                  "21\t53/d13188\t2034\tqc:fast\tABORTED\t-\t2014-10-23 16:34:17.211\t-\t-\t-\t-\n")
    script = write(world, "signalbox_nextflow.py", BLOCKS["python-nextflow"])
    for _ in range(2):
        assert run(world, "/usr/bin/python3", script, trace).returncode == 0
    assert [(job, status, message) for job, status, _, message in told(world)] == [
        ("blast-1", "completed", None), ("blast-2", "failed", "exit code 137"), ("qc-fast", "cancelled", None)]
    assert run(world, "/usr/bin/python3", script, trace, installed=False).returncode == 0
