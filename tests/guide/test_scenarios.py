"""The guide's three scenarios, in which the predecessor loses updates."""

import subprocess
import threading

from harness import wait_until

UPDATE = "scripts/failsafe_git_update_safe.sh"


def in_background(site, commands):
    thread = threading.Thread(target=site.bash, args=(commands,))
    thread.start()
    return thread


def test_scenario_1_a_sync_that_runs_into_an_update_neither_hides_nor_delays_it(site):
    started, go = site.directory / "started", site.directory / "go"
    hook = site.remote / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch '{started}'\nwhile [ ! -e '{go}' ]; do sleep 0.05; done\n")
    hook.chmod(0o755)
    # 10:30:00 the weather project pushes a status update ...
    site.bash(f'{UPDATE} "$PWD" weather running 60 40')
    wait_until(started.exists, "the push of the update is under way")
    # 10:30:15 ... and the sync script runs, while the project goes on.
    sync = in_background(site, "sbatch scripts/slurm_dashboard_sync_safe.sh")
    site.bash(f'{UPDATE} "$PWD" weather running 75 60')
    site.bash('echo \'{"job_name":"other","status":"failed"}\' > data/status/other.json')
    go.touch()
    sync.join()
    site.sync()
    assert site.view("weather")["progress"] == 60
    assert site.view("other")["status"] == "failed"
    weather = [event["progress"] for event in site.events() if event["job"] == "weather"]
    assert sorted(weather) == [40, 60]
    assert site.git(site.monitor, "stash", "list") == ""
    assert site.git(site.monitor, "status", "--porcelain") == ""


def test_scenario_2_two_projects_at_once_and_a_sync_from_another_clone_keep_both(site):
    cluster = site.clone("cluster")
    # Both clones know of both jobs, so that a merge of files would be a conflict.
    for place, progress in ((site.monitor, 10), (cluster, 20)):
        for job in ("job_a", "job_b"):
            (place / f"data/status/{job}.json").write_text(
                '{"job_name": "%s", "status": "running", "progress": %d}\n' % (job, progress))
    threads = [in_background(site, f"{UPDATE} '{place}' {job} running")
               for place in (site.monitor, cluster) for job in ("job_a", "job_b")]
    threads.append(in_background(site, "sbatch scripts/slurm_dashboard_sync_safe.sh"))
    for thread in threads:
        thread.join()
    site.signalbox("sync", "-q", "-C", cluster)
    site.sync()
    for job in ("job_a", "job_b"):
        said = sorted(event["progress"] for event in site.events() if event["job"] == job)
        assert said == [10, 20], job
    for place in (site.monitor, cluster):
        assert site.git(place, "stash", "list") == ""


def test_scenario_3_the_second_to_push_overwrites_nothing(site):
    site.git(site.remote, "config", "core.logAllRefUpdates", "true")
    other = site.clone("other")
    site.bash(f"{UPDATE} '{site.monitor}' project_a completed 60 100")
    site.bash(f"{UPDATE} '{other}' project_b completed 60 100")
    pushes = [subprocess.Popen(["signalbox", "publish", "-C", str(place)], env=site.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
              for place in (site.monitor, other)]
    for push in pushes:
        assert push.wait() == 0
    assert site.view("project_a")["status"] == "completed"
    assert site.view("project_b")["status"] == "completed"
    # Nothing was forced: every tip that the remote ever had is in its history.
    tips = site.git(site.remote, "log", "-g", "--format=%H", "main").split()
    assert len(tips) >= 2
    for tip in tips:
        site.run("git", "-C", site.remote, "merge-base", "--is-ancestor", tip, "main")
