"""The drop-in scripts: names, arguments, words, exit codes, and that they never harm a job."""

import json
import subprocess

import pytest
from guide_site import ROOT
from harness import wait_until

NAMES = sorted(path.name for path in (ROOT / "scripts").iterdir())
JOB_SIDE = ["cluster_sync.sh", "collect_logs.sh", "failsafe_git_update.sh",
            "failsafe_git_update_safe.sh", "robust_status_update.sh", "update_job_status.sh",
            "update_job_status_and_push.sh"]
STATUS = ["update_job_status.sh", "update_job_status_and_push.sh", "robust_status_update.sh"]
BAD_SIGNS = ("stash", "complex conflicts", "manual intervention required")


def without_program(site):
    (site.bin / "signalbox").unlink()


def test_there_are_eleven_of_them_and_all_can_be_executed():
    assert NAMES == ["cluster_sync.sh", "collect_logs.sh", "failsafe_git_update.sh",
                     "failsafe_git_update_safe.sh", "locked_git_sync.sh",
                     "robust_status_update.sh", "slurm_dashboard_sync.sh",
                     "slurm_dashboard_sync_safe.sh", "sync_dashboard_cron.sh",
                     "update_job_status.sh", "update_job_status_and_push.sh"]
    assert all((ROOT / "scripts" / name).stat().st_mode & 0o111 == 0o111 for name in NAMES)


def test_none_of_them_says_what_the_guide_calls_a_bad_sign():
    for name in NAMES:
        text = (ROOT / "scripts" / name).read_text()
        assert not [sign for sign in BAD_SIGNS if sign in text], name


def test_the_two_slurm_scripts_are_one_and_ask_for_what_the_guide_says():
    text = (ROOT / "scripts/slurm_dashboard_sync_safe.sh").read_text()
    assert text == (ROOT / "scripts/slurm_dashboard_sync.sh").read_text()
    for line in ("#SBATCH --mem=512M", "#SBATCH --cpus-per-task=1", "#SBATCH --time=00:05:00"):
        assert line in text.splitlines()


@pytest.mark.parametrize("words", [(), ("",), ("-x", "--help", "-"), ("/nowhere", "job"),
                                   ("/nowhere", "../job", "running", "x", "y"),
                                   ("job", "running", "-5", "200", "a\nb"), ("", "", "", "", "")])
def test_no_job_sees_a_non_zero_exit_whatever_it_says(site, words):
    for name in JOB_SIDE:
        assert site.script(name, *words, check=False).returncode == 0, name


@pytest.mark.parametrize("name", JOB_SIDE)
def test_without_the_program_a_job_goes_on_and_is_told(site, name):
    without_program(site)
    result = site.script(name, site.monitor, "job", "running", check=False)
    assert result.returncode == 0
    assert "'signalbox' was not found" in result.stderr


@pytest.mark.parametrize("place", ["scripts/signalbox", "bin/signalbox"])
def test_the_program_may_lie_in_the_repository(site, place):
    without_program(site)
    (site.monitor / place).parent.mkdir(exist_ok=True)
    (site.monitor / place).write_text("#!/bin/sh\necho \"recorded $*\"\n")
    (site.monitor / place).chmod(0o755)
    result = site.script("failsafe_git_update_safe.sh", site.monitor, "job", "running")
    assert "✅ Status committed: job -> running" in result.stdout


@pytest.mark.parametrize("name", ["slurm_dashboard_sync.sh", "sync_dashboard_cron.sh",
                                  "locked_git_sync.sh"])
def test_a_sync_without_a_repository_says_so_by_its_exit_code(site, name):
    nowhere = site.directory / "nowhere"
    result = site.script(name, nowhere, check=False, env={"MONITOR_PATH": str(nowhere)})
    assert result.returncode == 1
    assert str(nowhere) in result.stdout


@pytest.mark.parametrize("name", STATUS)
@pytest.mark.parametrize("message", ["a/b & \"c\" \\d\\ 'e' $HOME `id` %s *", "zwei\nZeilen",
                                     "Grüße 🦟 ✅", "-starts with a dash", "s/x/y/g"])
def test_a_message_arrives_intact(site, name, message):
    result = site.script(name, "weather", "running", "60", "25", message)
    assert "📊 Updating job status: weather -> running (25%)" in result.stdout
    assert "✅ Status file updated" in result.stdout and result.stderr == ""
    site.sync()
    event = site.events()[-1]
    assert (event["message"], event["duration"], event["progress"]) == (message, 60, 25)
    assert json.loads((site.monitor / "data/status/weather.json").read_text())["log_entries"] == [
        message]


def test_a_job_elsewhere_reports_into_the_repository_that_the_script_is_in(site):
    other = site.clone("other")
    site.run(other / "scripts/update_job_status.sh", "weather", "running", cwd=site.home)
    site.signalbox("sync", "-q", "-C", other)
    assert site.view("weather")["status"] == "running"
    named = site.run(other / "scripts/update_job_status.sh", "named", "running", cwd=site.home,
                     env={"MONITOR_PATH": str(site.monitor)})
    assert str(site.monitor) in named.stdout


def test_progress_that_the_job_wrote_itself_is_kept_and_is_one_report(site):
    path = site.monitor / "data/status/x.json"
    path.write_text('{"job_name": "x", "status": "running", "progress": 10, "rows": 7}\n')
    site.script("failsafe_git_update_safe.sh", site.monitor, "x", "running")
    site.sync()
    path.write_text('{"job_name": "x", "status": "completed", "progress": 100}\n')
    site.script("failsafe_git_update_safe.sh", site.monitor, "x", "completed")
    site.sync()
    assert [event["progress"] for event in site.events()] == [10, 100]
    assert site.view("x")["status"] == "completed"


def test_what_the_script_says_beyond_the_file_is_a_report_of_its_own(site):
    path = site.monitor / "data/status/x.json"
    path.write_text('{"job_name": "x", "status": "running", "progress": 10}\n')
    site.script("failsafe_git_update_safe.sh", site.monitor, "x", "failed")
    site.sync()
    assert [event["status"] for event in site.events()] == ["running", "failed"]
    assert site.view("x")["progress"] == 10


def test_the_same_words_in_the_file_of_the_next_run_are_a_report_again(site):
    path = site.monitor / "data/status/x.json"
    words = '{"job_name": "x", "status": "completed", "progress": 100}\n'
    path.write_text(words)
    site.run("touch", "-d", "1 hour ago", path)
    site.sync()
    path.write_text(words)
    site.script("failsafe_git_update_safe.sh", site.monitor, "x", "completed")
    site.sync()
    assert [event["status"] for event in site.events()] == ["completed", "completed"]


@pytest.mark.parametrize("half", ["", "{", '{\n  "job_name": "x",\n  "status": "running",\n'])
def test_a_status_file_that_is_still_being_written_is_not_destroyed(site, half):
    path = site.monitor / "data/status/x.json"
    whole = '{\n  "job_name": "x",\n  "status": "running",\n  "progress": 35\n}\n'
    with open(path, "w", encoding="utf-8") as heredoc:
        heredoc.write(half)
        heredoc.flush()
        result = site.script("failsafe_git_update_safe.sh", site.monitor, "x", "running")
        assert "✅ Status committed: x -> running" in result.stdout
        assert path.read_text() == half
        heredoc.write(whole[len(half):])
    wait_until(lambda: not list(site.spool(site.monitor).glob("*.event")), "nothing waits")
    site.sync()
    assert site.view("x")["progress"] == 35
    assert site.view("x")["status"] == "running"


def test_a_report_whose_repository_is_away_waits_and_the_job_is_told(site):
    away = site.directory / "away"
    result = site.script("failsafe_git_update_safe.sh", away, "job", "running")
    assert f"Cannot access monitor repository: {away}" in result.stdout
    assert "📝 Status updated locally - sync job will pick up later" in result.stdout
    site.run("git", "clone", "-q", site.remote, away)
    site.signalbox("sync", "-q", "-C", away)
    assert site.view("job")["status"] == "running"


@pytest.mark.parametrize(("name", "words", "said"), [
    ("locked_git_sync.sh", ("REPO", "weather (running)"),
     ["🔄 Git sync requested: weather (running)", "✅ Git sync completed: weather (running)"]),
    ("sync_dashboard_cron.sh", (), ["🔄 Starting scheduled dashboard sync...",
                                    "🎯 Dashboard sync job completed"]),
    ("cluster_sync.sh", (), ["INFO: Starting cluster sync from", "SUCCESS: Pull completed",
                             "INFO: Cluster sync completed"]),
    ("slurm_dashboard_sync_safe.sh", (), ["🔄 Starting SLURM dashboard sync job (ID: N/A)...",
                                          "🎯 SLURM dashboard sync job completed (ID: N/A)"]),
])
def test_every_sync_publishes_what_waits(site, name, words, said):
    site.report(site.monitor, "weather", "running")
    words = [site.monitor if word == "REPO" else word for word in words]
    result = site.script(name, *words, cwd=site.home)
    assert all(text in result.stdout for text in said), result.stdout
    assert site.view("weather")["status"] == "running"


def test_the_scripts_run_under_every_shell_that_a_job_may_call_them_with(site):
    for shell in ("sh", "bash"):
        result = subprocess.run([shell, str(site.monitor / "scripts/update_job_status.sh"), shell,
                                 "running"], env=site.environment, capture_output=True, check=True)
        assert "✅ Status file updated" in result.stdout.decode()
