"""The guide's migration phases, monitoring commands, and what it tells to look for."""

import re
import signal
import subprocess
import threading

from harness import PROGRAM, wait_until

LOG_LINE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[SLURM:[\w.]+(/A)?\] .+ \[\S+ \d+\]")
TAIL = "tail -50 ~/research/mosquito-alert-model-monitor/logs/dashboard_sync.log"
HEALTH = """tail -100 ~/research/mosquito-alert-model-monitor/logs/dashboard_sync.log | \\
    grep -E "(completed|failed)" | tail -10"""
LOCK_FILES = "ls -la ~/research/mosquito-alert-model-monitor/.git/*.lock"
LOCK_HOLDER = """
if [ -f ~/research/mosquito-alert-model-monitor/.git/dashboard_sync.lock ]; then
    cat ~/research/mosquito-alert-model-monitor/.git/dashboard_sync.lock
fi
"""
PHASE_2 = r"""
~/research/mosquito-alert-model-monitor/scripts/failsafe_git_update_safe.sh \
    ~/research/mosquito-alert-model-monitor \
    "prepare_malert_data" \
    "running" \
    3600 \
    50
"""
BAD_SIGNS = ("stash", "complex conflicts", "manual intervention required")


def publisher(site):
    return subprocess.Popen([PROGRAM, "publish", "-q", "-C", str(site.monitor)],
                            env=site.environment, stderr=subprocess.DEVNULL)


def test_phase_1_the_safe_script_takes_the_place_of_the_old_one_in_the_crontab(site):
    site.report(site.monitor, "weather", "running", "5", "10")
    site.bash("cp scripts/slurm_dashboard_sync_safe.sh scripts/slurm_dashboard_sync.sh")
    site.bash("cd ~/research/mosquito-alert-model-monitor && sbatch scripts/slurm_dashboard_sync.sh",
              cwd=site.home)
    assert site.sbatch_exit_code(1001) == "0"
    assert site.view("weather")["progress"] == 10
    assert site.git(site.monitor, "status", "--porcelain") == ""


def test_phase_2_a_project_calls_the_safe_script_in_place_of_update_job_status(site):
    assert site.bash(PHASE_2, cwd=site.home).stderr == ""
    site.sync()
    view = site.view("prepare_malert_data")
    assert (view["status"], view["duration"], view["progress"]) == ("running", 3600, 50)


def test_phase_3_the_log_says_when_a_crashed_operation_left_its_lock(site):
    # The remote is asked, and answers when all is over, and then with a no: the killed publisher's
    # push never counts.
    begun, go = site.directory / "begun", site.directory / "go"
    hook = site.remote / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch '{begun}'\nwhile [ ! -e '{go}' ]; do sleep 0.05; done\nexit 1\n")
    hook.chmod(0o755)
    site.report(site.monitor, "weather", "running")
    crashing = publisher(site)
    wait_until(begun.exists, "the push has reached the remote")
    assert (site.monitor / ".git/dashboard_sync.lock").exists()
    crashing.send_signal(signal.SIGKILL)
    crashing.wait()
    hook.unlink()
    try:
        site.bash("sbatch scripts/slurm_dashboard_sync.sh")
    finally:
        go.touch()
    text = site.bash(TAIL).stdout
    assert text.index("🔧 Removing stale lock file") < text.rindex("🔒 Acquired lock")
    assert f"process {crashing.pid}" in text
    assert "✅ Dashboard sync completed: 1 event in 1 commit" in text


def test_phase_3_the_log_says_when_all_pushes_failed_and_the_next_sync_heals_it(site):
    hook = site.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'closed for maintenance' >&2\nexit 1\n")
    hook.chmod(0o755)
    site.report(site.monitor, "weather", "running")
    site.bash("sbatch scripts/slurm_dashboard_sync.sh")
    text = site.bash(TAIL).stdout
    assert "Push attempt 1 failed" in text and "❌ All push retries failed" in text
    assert site.sbatch_exit_code(1001) == "0"
    hook.unlink()
    site.bash("sbatch scripts/slurm_dashboard_sync.sh")
    health = site.bash(HEALTH).stdout.splitlines()
    assert "❌ Dashboard sync failed" in health[-2] and "closed for maintenance" in health[-2]
    assert "✅ Dashboard sync completed" in health[-1]
    assert all(LOG_LINE.fullmatch(line) for line in site.log.read_text().splitlines())


def test_phase_3_the_log_says_when_the_lock_was_not_to_be_had(site):
    holder = subprocess.Popen(["sleep", "120"])
    lock = site.monitor / ".git/dashboard_sync.lock"
    try:
        lock.write_text(f"{holder.pid}\n")  # as an old script does
        site.report(site.monitor, "weather", "running")
        result = site.bash("scripts/slurm_dashboard_sync.sh", check=False)
        assert result.returncode == 1
        assert "Could not acquire lock" in result.stdout
        text = site.bash(TAIL).stdout
        assert "⚠️  Could not acquire lock" in text and f"process {holder.pid}" in text
        assert lock.read_text() == f"{holder.pid}\n"  # and it is still the old script's
    finally:
        holder.kill()
        holder.wait()
    lock.unlink()
    site.sync()
    assert site.view("weather")["status"] == "running"


def test_the_lock_commands_show_who_works_while_somebody_works(site):
    go = site.directory / "go"
    hook = site.remote / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\nwhile [ ! -e '{go}' ]; do sleep 0.05; done\n")
    hook.chmod(0o755)
    site.report(site.monitor, "weather", "running")
    working = publisher(site)
    try:
        wait_until((site.monitor / ".git/dashboard_sync.lock").exists, "the lock is advertised")
        assert ".git/dashboard_sync.lock" in site.bash(LOCK_FILES).stdout
        assert site.bash(LOCK_HOLDER).stdout.splitlines()[0] == str(working.pid)
    finally:
        go.touch()
    assert working.wait() == 0
    assert site.bash(LOCK_FILES, check=False).stdout == ""
    assert site.bash(LOCK_HOLDER).stdout == ""


def test_the_git_commands_show_steady_commits_and_no_stash(site):
    for status in ("running", "completed"):
        site.bash(f"scripts/update_job_status.sh weather {status} 5 50 'at work'")
        site.bash("sbatch scripts/slurm_dashboard_sync_safe.sh")
    site.bash("cd ~/research/mosquito-alert-model-monitor\n"
              "! git log --oneline -10 | grep -i stash")
    count = int(site.bash('git log --oneline --since="1 hour ago" | wc -l').stdout)
    assert count >= 4  # two of the set-up, and one a status
    assert "Update weather status: completed" in site.bash("git log --oneline -10 | cat").stdout
    log = site.log.read_text()
    assert not [sign for sign in BAD_SIGNS if sign in log]


def test_lines_that_old_scripts_append_meanwhile_stay_in_the_log(site):
    site.sync()
    script = ('for i in $(seq 1 200); do '
              'echo "[$(date \'+%Y-%m-%d %H:%M:%S\')] [SLURM:55] old line $i" >> "$0"; done')
    old = threading.Thread(target=site.run, args=("bash", "-c", script, site.log))
    old.start()
    for _ in range(5):
        site.sync()
    old.join()
    site.sync()
    lines = site.log.read_text().splitlines()
    assert all(LOG_LINE.fullmatch(line) for line in lines)
    numbers = [int(match.group(1)) for match in
               (re.search(r"\[SLURM:55\] old line (\d+) \[", line) for line in lines) if match]
    assert len(numbers) == len(set(numbers))  # each once
    # Best effort: a line is lost when its file is opened before a rename and written to after the
    # last look, which 200 appends beside 6 renames hardly ever meet.
    assert len(numbers) >= 195
    assert site.git(site.monitor, "status", "--porcelain") == ""
