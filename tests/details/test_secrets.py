"""No secret reaches the repository: whoever wrote it, in whichever field."""

import json

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2eF4hJ6"


def everything(world):
    return world.run("git", "-C", world.remote, "log", "-p", "--all", "--format=%B").stdout


def add_pattern(clone, pattern):
    text = (clone / "signalbox.toml").read_text()
    (clone / "signalbox.toml").write_text(
        text.replace("\n[secrets]\n", f"\n[secrets]\npatterns = ['{pattern}']\n", 1))


def test_a_report_is_masked_in_message_config_and_document(world):
    world.make_remote()
    clone = world.clone("clone")
    document = clone.parent / "status.json"
    document.write_text(json.dumps({"status": "running", "note": f"with {TOKEN}",
                                    "auth": {"db_password": "hunter2", "tries": 3}}))
    event = world.report(clone, "job", "running", "0", "5", f"cloning https://me:{TOKEN}@host/x",
                         "--config", "api_key=hunter2", "--json", document)
    spooled = (world.spool(clone) / f"{event}.event").read_text()
    shown = (clone / "data/status/job.json").read_text()
    world.signalbox("sync", "-C", clone)
    for text in (spooled, shown, everything(world)):
        assert TOKEN not in text and "hunter2" not in text
    view = world.view("job")
    assert view["log_entries"] == ["cloning https://***@host/x"]
    assert view["config"] == {"api_key": "***"}
    assert view["note"] == "with ***" and view["auth"] == {"db_password": "***", "tries": 3}


def test_a_token_as_the_status_becomes_a_word_that_says_so(world):
    world.make_remote()
    clone = world.clone("clone")
    strict = world.signalbox("report", "-C", clone, "job", TOKEN, "--strict", check=False)
    assert strict.returncode == 2 and "the status holds a secret" in strict.stderr
    event = world.report(clone, "job", TOKEN)
    spooled = (world.spool(clone) / f"{event}.event").read_text()
    for name, status in (("other", TOKEN), ("third", "AKIAIOSFODNN7EXAMPLE")):
        (clone / f"data/status/{name}.json").write_text(json.dumps({"status": status}))
    world.signalbox("sync", "-C", clone)
    for text in (strict.stderr, spooled, everything(world)):
        assert TOKEN.lower() not in text.lower() and "akia" not in text.lower()
    assert [world.view(job)["status"] for job in ("job", "other", "third")] == ["masked"] * 3


def test_a_file_of_another_program_is_masked_and_replaced(world):
    world.make_remote()
    clone = world.clone("clone")
    path = clone / "data/status/old.json"
    path.write_text(json.dumps({"status": "failed", "last_updated": "2025-08-17T06:00:00Z",
                                "log_entries": ["start", f"token={TOKEN}"],
                                "config": {"password": "hunter2"}, "odd": [TOKEN]}))
    world.signalbox("sync", "-C", clone)
    text = path.read_text()
    assert TOKEN not in text and "hunter2" not in text and '"***"' in text
    assert TOKEN not in everything(world) and "hunter2" not in everything(world)
    assert len(world.events()) == 1
    world.signalbox("sync", "-C", clone)
    assert len(world.events()) == 1


def test_the_patterns_of_the_settings_count_at_the_report(world):
    world.make_remote()
    clone = world.clone("clone")
    add_pattern(clone, "lab-[0-9a-f]{8}")
    event = world.report(clone, "job", "running", "0", "5", "key lab-0123abcd")
    assert "lab-0123abcd" not in (world.spool(clone) / f"{event}.event").read_text()


def test_the_publisher_masks_what_was_reported_before_the_pattern(world):
    world.make_remote()
    clone = world.clone("clone")
    event = world.report(clone, "job", "running", "0", "5", "key lab-0123abcd")
    add_pattern(clone, "lab-[0-9a-f]{8}")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)
    assert "lab-0123abcd" not in everything(world)
    assert world.view("job")["log_entries"] == ["key ***"]


def test_a_pattern_that_cannot_be_used_keeps_no_report_and_lets_nothing_out(world):
    world.make_remote()
    clone = world.clone("clone")
    add_pattern(clone, "lab-(")
    result = world.signalbox("report", "-C", clone, "--no-publish", "job", "running", "0", "5",
                             f"key lab-0123abcd {TOKEN}")
    assert "recorded" in result.stdout and "lab-(" in result.stderr
    refused = world.signalbox("sync", "-C", clone, check=False)
    assert refused.returncode == 2 and "lab-(" in refused.stderr
    assert not world.events()
    text = (clone / "signalbox.toml").read_text()
    (clone / "signalbox.toml").write_text(text.replace("lab-(", "lab-[0-9a-f]+"))
    world.signalbox("sync", "-C", clone)
    assert world.view("job")["log_entries"] == ["key *** ***"]
