"""Old progress leaves its id behind: no view changes, nothing comes back, nothing is doubled."""

import json

import past

THINNED = 17  # of the old day of thin_past()


def thin_past(world, clone):
    """Two days of progress, the old one thinned; the events of the old one."""
    events = [one for hour in (1, 2) for one in past.hour_of_progress("weather", past.OLD, hour)]
    events.append(past.event("weather", past.at(past.OLD, 2, 59), "completed"))
    past.spool(world.spool(clone), *events,
               *past.hour_of_progress("weather", past.LATELY, 1, run="78"))
    world.report(clone, "other", "running")
    world.signalbox("publish", "-C", clone)
    return events


def thinned_ids(world):
    return {event["id"] for event in world.events() if past.is_thinned(event)}


def history(world, clone, *words):
    listed = world.signalbox("history", "-C", clone, "weather", "--limit", "0", "--json", *words)
    return [event["id"] for event in json.loads(listed.stdout)]


def views(world):
    return world.git(world.remote, "ls-tree", "main", "data/status/")


def test_old_progress_leaves_its_id_behind_and_the_rest_stays(world):
    world.make_remote()
    clone = world.clone("a")
    events = thin_past(world, clone)
    before = views(world)
    assert f"thinned {THINNED} progress reports" in world.signalbox("sync", "-C", clone).stdout
    assert views(world) == before
    world.assert_published_once(*(event["id"] for event in events))
    thinned = thinned_ids(world)
    assert len(thinned) == THINNED
    # Of each hour: the first, the change to waiting, the change back, the last (here the end).
    kept = [(event["status"], event.get("progress"))
            for event in events if event["id"] not in thinned]
    changes = [("running", 0), ("waiting", 6), ("running", 7)]
    assert kept == changes + [("running", 11)] + changes + [("completed", None)]
    assert thinned <= {event["id"] for event in events}, "nothing younger is thinned"


def test_never_means_never(world):
    world.make_remote()
    clone = world.clone("a")
    settings = clone / "signalbox.toml"
    settings.write_text(settings.read_text().replace("# thin_after_days = 30",
                                                     "thin_after_days = 0"))
    world.git(clone, "commit", "-qam", "Keep everything")
    world.git(clone, "push", "-q")
    thin_past(world, clone)
    assert "compacted the history of 2 days\n" in world.signalbox("sync", "-C", clone).stdout
    assert not thinned_ids(world)


def test_the_index_agrees_with_the_tip_whether_it_is_new_or_was_there(world):
    world.make_remote()
    clone, witness = world.clone("a"), world.clone("witness")
    events = thin_past(world, clone)
    world.signalbox("sync", "-C", witness)  # it compacts
    world.signalbox("sync", "-C", clone)  # it has read the hours before
    fresh = world.clone("fresh")
    answers = [history(world, where) for where in (clone, witness, fresh)]
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0]) == len(events) - THINNED + 12
    assert not thinned_ids(world) & set(answers[0])


def test_history_says_how_many_were_thinned(world):
    world.make_remote()
    clone = world.clone("a")
    thin_past(world, clone)
    assert "thinned" not in world.signalbox("history", "-C", clone, "weather").stdout
    world.signalbox("sync", "-C", clone)
    shown = world.signalbox("history", "-C", clone, "weather").stdout
    assert f"{THINNED} older progress reports were thinned" in shown
    recent = world.signalbox("history", "-C", clone, "weather", "--since", "10d").stdout
    assert "thinned" not in recent


def test_a_late_copy_of_a_thinned_report_is_retired_and_not_published(world):
    world.make_remote()
    clone = world.clone("a")
    events = thin_past(world, clone)
    world.signalbox("sync", "-C", clone)
    tip = world.git(world.remote, "rev-parse", "main")
    away = world.state / "signalbox" / "spool" / "f"
    past.spool(away, *events)
    (away / "clone").write_text(str(clone))
    world.signalbox("sync", "-C", clone)
    assert world.waiting(clone) == 0 and not list(away.glob("*.event"))
    assert world.git(world.remote, "rev-parse", "main") == tip
    assert len(thinned_ids(world)) == THINNED


def test_a_full_copy_that_somebody_merged_is_thinned_again(world):
    world.make_remote()
    clone = world.clone("a")
    thin_past(world, clone)
    person = world.clone("person")
    world.signalbox("sync", "-C", clone)
    # A person's merge that keeps the hours of the one side and the day of the other.
    world.git(person, "fetch", "-q")
    hours = past.files(world, past.OLD, "HEAD", person)
    world.git(person, "merge", "-q", "--ff-only", "origin/main")
    for name in hours:
        path = f"{past.day_directory(past.OLD)}/{name}"
        world.git(person, "checkout", "HEAD@{1}", "--", path)
    world.git(person, "commit", "-qm", "Merge by hand")
    world.git(person, "push", "-q")
    assert len(past.files(world, past.OLD)) == 1 + len(hours)
    world.signalbox("sync", "-C", clone)
    updated = history(world, clone)
    fresh = world.clone("fresh")
    assert history(world, fresh) == updated, "what is thinned anywhere is thinned"
    result = world.signalbox("sync", "-C", fresh)
    assert "compacted" in result.stdout
    assert len(past.files(world, past.OLD)) == 1
    assert len(thinned_ids(world)) == THINNED
    assert max(world.published().values()) == 1
    assert history(world, fresh) == updated


def test_an_adopted_file_whose_report_was_thinned_is_no_news_when_it_comes_back(world):
    world.make_remote()
    clone = world.clone("a")
    status = clone / "data" / "status" / "ice.json"
    texts = [json.dumps({"status": "running", "progress": minute, "last_updated":
                         f"{past.at(past.OLD, 4, minute):%Y-%m-%dT%H:%M:%SZ}"})
             for minute in (1, 20, 40)]
    for text in texts:
        status.write_text(text)
        assert "adopted 1" in world.signalbox("publish", "-C", clone).stdout
    world.report(clone, "other", "running")
    assert "thinned 1 " in world.signalbox("sync", "-C", clone).stdout
    view = world.view("ice")
    fresh = world.clone("fresh")
    world.signalbox("sync", "-C", fresh)
    for where in (clone, fresh):
        (where / "data" / "status" / "ice.json").write_text(texts[1])
        assert "adopted" not in world.signalbox("sync", "-C", where).stdout
    assert world.view("ice") == view
    assert len(world.events()) == 4


def test_after_a_force_push_to_before_the_compaction_only_the_lost_comes_back(world):
    world.make_remote()
    clone = world.clone("a")
    events = thin_past(world, clone)
    before = world.git(world.remote, "rev-parse", "main")
    world.signalbox("sync", "-C", clone)
    lost = world.report(clone, "weather", "running")
    world.signalbox("publish", "-C", clone)
    tip = world.git(world.remote, "rev-parse", "main")
    world.git(world.remote, "update-ref", "refs/heads/main", before, tip)
    result = world.signalbox("sync", "-C", clone)
    assert "it lacked 1 events" in result.stderr
    # The day is compacted and thinned anew from what the branch has.
    world.assert_published_once(lost, *(event["id"] for event in events))
    assert len(thinned_ids(world)) == THINNED
    assert history(world, clone) == history(world, world.clone("fresh"))


def test_after_a_force_push_to_before_it_all_the_thinned_stay_gone(world):
    world.make_remote()
    clone = world.clone("a")
    start = world.git(world.remote, "rev-parse", "main")
    events = thin_past(world, clone)
    world.signalbox("sync", "-C", clone)
    thinned = thinned_ids(world)
    world.git(world.remote, "update-ref", "refs/heads/main", start)
    world.signalbox("sync", "-C", clone)
    published = world.published()
    for event in events:
        assert published[event["id"]] == (event["id"] not in thinned)
    assert history(world, clone) == history(world, world.clone("fresh"))


def test_a_clock_that_is_years_ahead_thins_nothing_of_late(world):
    world.make_remote()
    clone = world.clone("a")
    thin_past(world, clone)
    # To this clock the newest report, of five days ago, is as old as to one that is days ahead.
    directory = past.day_directory(past.NOW)
    person = world.clone("person")
    world.git(person, "rm", "-rq", directory)
    world.git(person, "commit", "-qm", "Take a day out")
    world.git(person, "push", "-q")
    settings = person / "signalbox.toml"
    settings.write_text(settings.read_text().replace("# thin_after_days = 30",
                                                     "thin_after_days = 2"))
    world.git(person, "commit", "-qam", "Thin soon")
    world.git(person, "push", "-q")
    world.signalbox("sync", "-C", clone)
    assert len(thinned_ids(world)) == THINNED, "the day of the newest report stays whole"
