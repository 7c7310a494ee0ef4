"""`signalbox site build`: the dashboard as files."""

import json
import xml.etree.ElementTree

from site_files import Page, files_of, shard

HOSTILE = '<script>alert("1")</script></script><!--\u2028 & \' \U0001f600'


def build(world, *options, out=None, **more):
    out = out or world.directory / "out"
    world.signalbox("site", "build", "-C", world.monitor, "--out", out, *options, **more)
    return out


def test_a_site_has_the_files_that_its_page_reads(world):
    world.report(world.monitor, "weather", "running", "0", "10", "downloading")
    world.report(world.monitor, "weather", "completed", "30", "100", "done")
    world.report(world.monitor, "ocean", "failed", "5", "20", "disk full")
    world.signalbox("sync", "-C", world.monitor)
    out = build(world)
    files = files_of(out)
    day = world.view("weather")["start_time"][:10]
    assert set(files) >= {
        "index.html", "app.js", "app.css", "favicon.svg", "feed.xml", "badge/weather.svg", "badge/ocean.svg",
        "data/job/weather.js", "data/job/ocean.js", "data/days.js", "data/alerts.js", "data/logs.js",
        "data/health.js", f"data/runs/{day}.js"}
    job = shard(out, "data/job/weather.js")
    assert job["summary"]["status"] == "completed"
    assert job["fields"] == world.view("weather")
    assert [entry["message"] for entry in job["entries"]] == ["done", "downloading"]
    assert job["samples"]["progress"] == [10, 100]
    assert job["run_total"] == 1
    assert job["days"] == [[day, {"completed": 1}, 30]]
    runs = shard(out, f"data/runs/{day}.js")["runs"]
    assert {run["job"]: run["status"] for run in runs} == {"weather": "completed", "ocean": "failed"}
    assert shard(out, "data/days.js") == {"days": [[day, {"completed": 1, "failed": 1}, 30]], "runs": 2}
    rules = [(alert.get("job"), alert["rule"]) for alert in shard(out, "data/alerts.js")["now"]]
    assert rules == [("ocean", "failed"), (None, "sync-failing")]


def test_the_first_page_can_be_read_without_javascript(world):
    world.report(world.monitor, "weather", "completed", "30", "100", "done")
    world.report(world.monitor, "ocean", "failed", "5", "20", "disk full")
    page = Page(build(world))
    assert [row[0] for row in page.rows] == ["ocean", "weather"]  # what needs a look first
    assert "disk full" in page.rows[0]
    assert page.snapshot["format"] == 1
    assert page.snapshot["counts"] == {"completed": 1, "failed": 1}
    assert [job["name"] for job in page.snapshot["jobs"]] == ["ocean", "weather"]
    assert page.snapshot["buckets"] == 0
    assert page.title == "remote" == page.snapshot["title"]
    assert shard(world.directory / "out", "data/snapshot.js") == page.snapshot


def test_nothing_that_a_job_says_becomes_code(world):
    world.report(world.monitor, "weather", "running", "0", "10", HOSTILE,
                 "--json", json.dumps({"config": {HOSTILE: HOSTILE}, "host": HOSTILE}), check=False)
    world.report(world.monitor, "weather", "running", "0", "10", HOSTILE)
    out = build(world)
    for path, content in files_of(out).items():
        if path not in ("app.js", "app.css", "favicon.svg"):
            assert b"<script>alert" not in content, path
    for path in ("data/job/weather.js", "data/alerts.js"):
        content = files_of(out)[path]
        assert not set(content) & set(b"<>&") and max(content) < 128, path
    page = Page(out)
    assert [tag for tag, attrs in page.tags if tag == "script"] == ["script", "script"]
    assert page.snapshot["jobs"][0]["message"] == HOSTILE.replace("\u2028", page.snapshot["jobs"][0]["message"][-7])
    xml.etree.ElementTree.fromstring((out / "feed.xml").read_bytes())
    xml.etree.ElementTree.fromstring((out / "badge/weather.svg").read_bytes())


def test_a_report_that_waits_is_shown_and_then_the_published_one(world):
    out = build(world)
    assert Page(out).rows == []
    world.report(world.monitor, "weather", "running", "0", "10", "one")
    shown = files_of(build(world))
    assert shard(out, "data/job/weather.js")["entries"][0]["message"] == "one"
    world.signalbox("sync", "-C", world.monitor)
    published = files_of(build(world))
    assert shown["data/job/weather.js"] == published["data/job/weather.js"]


def test_a_job_that_is_retired_leaves_the_pages(world):
    for job in ("weather", "ocean"):
        world.report(world.monitor, job, "completed", "30")
    world.signalbox("sync", "-C", world.monitor)
    out = build(world)
    world.git(world.monitor, "pull", "-q")
    world.git(world.monitor, "rm", "-q", "data/status/ocean.json")
    world.git(world.monitor, "commit", "-qm", "Retire ocean")
    world.git(world.monitor, "push", "-q")
    world.signalbox("sync", "-C", world.monitor)
    build(world)
    assert "data/job/ocean.js" not in files_of(out)
    assert "badge/ocean.svg" not in files_of(out)
    assert [row[0] for row in Page(out).rows] == ["weather"]


def test_other_peoples_files_stay(world):
    world.report(world.monitor, "ocean", "running", "0")
    out = build(world)
    (out / "CNAME").write_text("jobs.example.org\n")
    (out / "data/job/mine.js").write_text("mine\n")
    world.report(world.monitor, "weather", "running", "0")
    build(world)
    assert (out / "CNAME").read_text() == "jobs.example.org\n"
    world.report(world.monitor, "mine", "running", "0")
    result = world.signalbox("site", "build", "-C", world.monitor, "--out", out, check=False)
    assert result.returncode == 2 and "'data/job/mine.js'" in result.stderr
    assert (out / "data/job/mine.js").read_text() == "mine\n"


def test_a_directory_with_a_persons_page_is_refused(world):
    out = world.directory / "out"
    out.mkdir()
    (out / "index.html").write_text("mine\n")
    result = world.signalbox("site", "build", "-C", world.monitor, "--out", out, check=False)
    assert result.returncode == 2
    assert "holds a file that is not of a site built by signalbox: 'index.html'" in result.stderr
    assert (out / "index.html").read_text() == "mine\n"


def test_files_that_somebody_took_away_come_back(world):
    world.report(world.monitor, "weather", "running", "0")
    out = build(world)
    before = files_of(out)
    for path in before:
        (out / path).unlink()
    build(world)
    assert files_of(out) == before


def test_a_second_build_writes_nothing(world):
    world.report(world.monitor, "weather", "running", "0")
    out = build(world)
    result = world.signalbox("site", "build", "-C", world.monitor, "--out", out, "--json")
    figures = json.loads(result.stdout)
    assert figures["written"] == 0 == figures["removed"]
    result = world.signalbox("site", "build", "-C", world.monitor, "--out", out)
    assert result.stdout == "nothing has changed\n"


def test_a_build_after_one_report_writes_what_it_changed(world):
    for number in range(20):
        world.report(world.monitor, f"job{number}", "completed", "30")
    world.signalbox("sync", "-C", world.monitor)
    out = build(world)
    before = files_of(out)
    world.report(world.monitor, "job7", "running", "0")
    build(world)
    after = files_of(out)
    changed = {path for path in after if after[path] != before.get(path)}
    allowed = {"index.html", "data/snapshot.js", "feed.xml", "data/days.js", "data/alerts.js", "data/job/job7.js", "badge/job7.svg"}
    assert {path for path in changed if not path.startswith("data/runs/")} <= allowed


def test_the_address_and_title_are_in_the_feed(world):
    settings = world.monitor / "signalbox.toml"
    settings.write_text(settings.read_text().replace("[site]\n", '[site]\ntitle = "Our <jobs>"\n'))
    world.report(world.monitor, "weather", "failed", "3")
    out = build(world, "--base-url", "https://lab.example.org/jobs")
    feed = (out / "feed.xml").read_text()
    assert "<title>Our &lt;jobs&gt;</title>" in feed
    assert 'href="https://lab.example.org/jobs/#/job/weather"' in feed
    result = world.signalbox("site", "build", "-C", world.monitor, "--out", out, "--base-url", "javascript:x",
                             check=False)
    assert result.returncode == 2


def test_many_jobs_are_in_buckets(world):
    status = world.monitor / "data/status"
    for number in range(350):
        (status / f"job{number}.json").write_text(
            json.dumps({"status": "running", "last_updated": f"2025-08-17T06:{number // 60:02}:{number % 60:02}Z"}))
    world.signalbox("sync", "-C", world.monitor)
    out = build(world)
    page = Page(out)
    assert page.snapshot["total"] == 350
    assert len(page.snapshot["jobs"]) == 300 == len(page.rows)
    names = [job["name"] for bucket in range(page.snapshot["buckets"])
             for job in shard(out, f"data/jobs/{bucket}.js")["jobs"]]
    assert sorted(names) == sorted(f"job{number}" for number in range(350))


def test_a_wrong_time_zone_is_named_with_its_line(world):
    lines = (world.monitor / "signalbox.toml").read_text().count("\n")
    with open(world.monitor / "signalbox.toml", "a", encoding="utf-8") as file:
        file.write('[jobs.weather]\nschedule = "30 6 * * *"\ntimezone = "Europe/Berlinn"\n')
    world.report(world.monitor, "weather", "completed", "3")
    result = world.signalbox("site", "build", "-C", world.monitor, "--out", world.directory / "out", check=False)
    assert result.returncode == 2
    assert f"signalbox.toml, line {lines + 3}: jobs.weather.timezone is no time zone" in result.stderr


def test_a_schedule_makes_a_job_late(world):
    with open(world.monitor / "signalbox.toml", "a", encoding="utf-8") as file:
        file.write('[jobs.weather]\nschedule = "30 6 * * *"\ntimezone = "Europe/Berlin"\ngrace = "10m"\n')
    world.report(world.monitor, "weather", "completed", "3")
    now = shard(build(world), "data/job/weather.js")["alerts"]["now"]
    assert [alert["rule"] for alert in now] == ["late", "overdue"]
    assert now[0]["at"][11:16] in ("04:30", "05:30")
    assert now[1]["at"][11:16] in ("04:40", "05:40")


def test_collected_logs_have_pages(world):
    log = world.directory / "weather.log"
    log.write_text("line one\nERROR: disk full\n")
    world.signalbox("logs", "collect", "-C", world.monitor, "--project", "weather", log)
    world.signalbox("sync", "-C", world.monitor)
    world.report(world.monitor, "weather", "failed", "3")
    out = build(world)
    (entry,) = shard(out, "data/logs.js")["logs"]
    assert entry["errors"] == 1 and entry["preview"] == "ERROR: disk full"
    assert shard(out, entry["shard"])["lines"] == ["line one", "ERROR: disk full"]
    assert shard(out, "data/job/weather.js")["tails"] == [entry]


def test_a_wrong_word_is_explained(world):
    result = world.signalbox("site", check=False)
    assert result.returncode == 2 and "needs a word: build" in result.stderr
    result = world.signalbox("site", "build", "-C", world.monitor, check=False)
    assert result.returncode == 2 and "needs --out" in result.stderr
