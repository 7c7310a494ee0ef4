"""The guide's "Testing the fix": its three terminals at once, and its expected results."""

import threading

# As the guide prints them, with shorter naps.
TERMINAL_1 = r"""
for i in {1..10}; do
    echo '{"job_name":"test_job_a","status":"running","progress":'$((i*10))'}' > data/status/test_job_a.json
    ~/research/mosquito-alert-model-monitor/scripts/failsafe_git_update_safe.sh \
        ~/research/mosquito-alert-model-monitor test_job_a running
    sleep 0.5
done
"""
TERMINAL_2 = r"""
for i in {1..10}; do
    echo '{"job_name":"test_job_b","status":"completed","progress":100}' > data/status/test_job_b.json
    ~/research/mosquito-alert-model-monitor/scripts/failsafe_git_update_safe.sh \
        ~/research/mosquito-alert-model-monitor test_job_b completed
    sleep 0.3
done
"""
TERMINAL_3 = "sbatch scripts/slurm_dashboard_sync_safe.sh"


def test_the_three_terminals_give_what_the_guide_expects(site):
    said = {}

    def type_into(name, commands):
        said[name] = site.bash(commands)

    terminals = [threading.Thread(target=type_into, args=item)
                 for item in (("1", TERMINAL_1), ("2", TERMINAL_2), ("3", TERMINAL_3))]
    for terminal in terminals:
        terminal.start()
    for terminal in terminals:
        terminal.join()
    site.bash(TERMINAL_3)  # the next run of the cron job

    # Both test_job_a and test_job_b updates preserved: every single one, in their order.
    events = sorted(site.events(), key=lambda event: event["id"])
    progress = [event["progress"] for event in events if event["job"] == "test_job_a"]
    assert progress == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert {event["status"] for event in events if event["job"] == "test_job_b"} == {"completed"}
    assert max(site.published().values()) == 1
    # No "stash" operations in git log
    assert site.bash("git log --oneline -10 | grep -i stash", check=False).stdout == ""
    assert site.bash("git stash list").stdout == ""
    # Lock messages in logs showing coordination
    lines = site.log.read_text().splitlines()
    acquired = [line for line in lines if "🔒 Acquired lock" in line]
    released = [line for line in lines if "🔓 Released lock" in line]
    assert len(acquired) == len(released) >= 2
    assert any("[SLURM:1001]" in line for line in acquired)
    # All updates appear in dashboard
    assert site.view("test_job_a")["progress"] == 100
    assert site.view("test_job_b")["status"] == "completed"
    # Regular commit messages with job names
    assert "test_job_a" in site.bash("git log --oneline -10 | cat").stdout
    assert site.sbatch_exit_code(1001) == site.sbatch_exit_code(1002) == "0"
    assert "✅ Status committed: test_job_a -> running" in said["1"].stdout
