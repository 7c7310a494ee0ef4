#!/usr/bin/env python3
"""Writes a site as docs/formats/site.md says, made up from a seed.

    sample_site.py --out DIR [--jobs 100] [--seed 1] [--now 2025-08-17T12:00:00Z] [--hostile] [--days 60]

For the browser's tests and for work on the page. It shares no code with the program: where the two differ, one of them
has misread the contract.
"""
import argparse
import hashlib
import html
import json
import pathlib
import random
import shutil
from datetime import datetime, timedelta, timezone

WEB = pathlib.Path(__file__).resolve().parents[2] / "web"
DAY = 86400

PROJECTS = ["weather", "imaging", "acoustics", "genomics", "forecast", "telemetry"]
CLUSTERS = {"ceab": ["node11", "node12", "node17", "node23"], "hydra": ["hydra-a", "hydra-b"], "": ["ops1"]}
STEPS = ["download", "preprocess", "train", "evaluate", "export", "merge", "validate", "sync", "report", "archive"]
MESSAGES = {
    "running": ["epoch 14 of 60, loss 0.0231", "chunk 41 of 96", "waiting for the tile server", "fold 3 of 5"],
    "completed": ["15,000 images processed", "done, 412 MB written", "nothing new", "model saved"],
    "failed": ["FileNotFoundError: /data/weather/temperature_2025-08-17.csv", "exit code 137: killed, out of memory",
               "HTTP 503 from the station's server", "ValueError: shapes (128,64) and (32,) not aligned"],
    "timeout": ["DUE TO TIME LIMIT"],
    "lost": ["SLURM does not know job 48213 any more"],
    "cancelled": ["cancelled by user 1004"],
    "waiting": ["waits for weather_download"],
    "pending": ["Priority"],
}
HOSTILE = [
    '<img src=x onerror="window.stolen=1">', "</script><script>window.stolen=1</script>", '"><svg onload=window.stolen=1>',
    "javascript:window.stolen=1", "{{constructor.constructor('window.stolen=1')()}}", "'-window.stolen=1-'",
    "\u202eevil\u2028\u2029\u0000", "__proto__", "../../../etc/passwd", "a" * 4000,
]


def stamp(seconds):
    return (datetime.fromtimestamp(seconds, timezone.utc)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(seconds * 1000) % 1000:03d}Z"


def day_of(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d")


def script_json(value):
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def duration_text(seconds):
    """The two largest units, as the page says it."""
    sizes = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s")]
    rest = round(seconds)
    first = next((index for index, (size, _) in enumerate(sizes) if rest >= size), None)
    if first is None:
        return "0 s"
    parts = []
    for size, name in sizes[first:first + 2]:
        if rest // size:
            parts.append(f"{rest // size} {name}")
        rest %= size
    return " ".join(parts)


class Site:
    def __init__(self, arguments):
        self.random = random.Random(arguments.seed)
        self.out = pathlib.Path(arguments.out)
        self.now = datetime.fromisoformat(arguments.now.replace("Z", "+00:00")).timestamp()
        self.count, self.days, self.hostile = arguments.jobs, arguments.days, arguments.hostile
        self.live, self.expected = arguments.live, arguments.expected
        self.detailed = arguments.detailed
        self.runs_by_day = {}
        self.logs = []
        self.alerts_before = []

    def evil(self, text):
        """In a hostile site every text of a job is an attack, else it is the text."""
        return self.random.choice(HOSTILE) if self.hostile else text

    def shard(self, path, value):
        file = self.out / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"signalboxShard({script_json(path)},{script_json(value)});\n", encoding="ascii")

    def name(self, number):
        if self.hostile and number < 4:  # names that the program refuses, and that a page must bear
            return ['"><img src=x onerror=window.stolen=1>', "<script>window.stolen=1<script>", "a%2Fb?c#d&e=f", "constructor"][number]
        project = PROJECTS[number % len(PROJECTS)]
        suffix = f"_{number // 60 + 1}" if number >= 60 else ""
        return f"{project}_{STEPS[(number // len(PROJECTS)) % len(STEPS)]}{suffix}"

    def run(self, name, start, usual, host, status=None):
        r = self.random
        status = status or r.choices(["completed", "failed", "timeout", "cancelled", "lost"], [90, 7, 1, 1, 1])[0]
        duration = round(max(1.0, r.gauss(usual, usual * 0.15)) * (r.uniform(0.1, 0.9) if status == "failed" else 1), 3)
        run = {"run_id": str(40000 + r.randrange(9999)), "status": status, "start": stamp(start), "end": stamp(start + duration),
               "duration": duration, "host": self.evil(host), "cpu_peak": round(r.uniform(20, 780), 1), "memory_peak": round(r.uniform(80, 32000), 1),
               "message": self.evil(r.choice(MESSAGES[status])), "reports": r.randrange(2, 60)}
        if status in ("failed", "timeout"):
            run["exit_code"] = r.choice([1, 2, 137, 143])
        return run

    def job(self, number):
        r = self.random
        name = self.name(number)
        cluster = r.choices(list(CLUSTERS), [6, 3, 1])[0]
        host = r.choice(CLUSTERS[cluster])
        usual = r.choice([40, 300, 900, 2700, 12000]) * r.uniform(0.6, 1.5)
        period = max(r.choice([3600, 6 * 3600, DAY]), usual * 1.5)
        status = r.choices(["completed", "running", "failed", "waiting", "pending", "cancelled", "timeout", "lost"],
                           [70, 14, 5, 3, 3, 2, 1, 1])[0]
        if number == 0:
            status = "failed"
        last = self.now - usual * 1.8 - r.uniform(60, min(period, 20000))
        starts = []
        time = last
        while time > self.now - self.days * DAY and len(starts) < (400 if self.detailed > number else 20):
            starts.append(time)
            time -= period
        runs = [self.run(name, start, usual, host, None if index or status in ("running", "waiting", "pending") else status)
                for index, start in enumerate(starts)]
        summary = {"name": name, "status": status, "time": stamp(last), "since": stamp(last), "host": self.evil(host),
                   "project": self.evil(PROJECTS[number % len(PROJECTS)]), "message": self.evil(r.choice(MESSAGES[status]))[:200],
                   "next_scheduled_run": stamp(max(last + period, self.now + r.uniform(60, 9000))), "run_id": runs[0]["run_id"],
                   "attention": {"failed": 9, "timeout": 9, "lost": 9, "running": 3, "pending": 2, "waiting": 2}.get(status, 0)}
        if cluster:
            summary["cluster"], summary["partition"] = self.evil(cluster), "long"
            summary["slurm_job_id"] = str(48000 + number)
        if status == "running":
            elapsed = usual * r.uniform(0.1, 1.3)
            summary["start_time"] = stamp(self.now - elapsed)
            summary["time"] = stamp(self.now - r.uniform(5, 600))
            summary["progress"] = round(min(99.0, elapsed / usual * 100), 1)
            summary["estimated_end"] = stamp(self.now + max(60, usual - elapsed))
            runs.insert(0, {"run_id": summary["run_id"], "status": "running", "start": summary["start_time"], "host": self.evil(host),
                            "progress": summary["progress"], "reports": 12})
        elif status in ("waiting", "pending"):
            summary["progress"] = 0
        else:
            first = runs[0]
            summary |= {"start_time": first["start"], "end_time": first["end"], "duration": first["duration"], "time": first["end"],
                        "progress": 100 if status == "completed" else r.randrange(5, 95)}
        summary["cpu_usage"], summary["memory_usage"] = round(r.uniform(1, 790), 1), round(r.uniform(80, 30000), 1)
        good = sorted(run["duration"] for run in runs if run["status"] == "completed")[-20:]
        if len(good) >= 3:
            summary["usual"] = {"median": good[len(good) // 2], "p95": good[min(len(good) - 1, int(len(good) * 0.95))], "runs": len(good)}
        if number % 17 == 5:
            summary["tasks"] = {"total": 120, "unheard": 7, "states": {"running": 40, "completed": 70, "failed": 3}}
        summary["recent"] = [[run["status"], run.get("duration") and float(f"{run['duration']:.3g}")] for run in reversed(runs[:20])]
        if self.hostile and number % 5 == 0:
            summary |= {"duration": -1, "progress": 1e9, "next_scheduled_run": self.evil(""), "usual": {"median": 0, "p95": 0, "runs": 0}}
        return summary, runs

    def alerts_of(self, summary):
        status, name, time = summary["status"], summary["name"], summary["time"]
        at = datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
        found = []
        if status in ("failed", "timeout", "lost"):
            found.append({"job": name, "rule": status, "severity": "high", "at": time, "text": self.evil(f"the run {summary['run_id']} ended as {status}"),
                          "advice": self.evil("look at its log and its message, then start it again")})
        if status == "running":
            found.append({"job": name, "rule": "silent", "severity": "medium", "at": stamp(at + DAY), "text": self.evil("it says that it runs and was not heard of for 24 h"),
                          "advice": "see whether its process lives: signalbox reconcile"})
            if "usual" in summary:
                began = datetime.fromisoformat(summary["start_time"].replace("Z", "+00:00")).timestamp()
                found.append({"job": name, "rule": "long-running", "severity": "medium", "at": stamp(began + 1.2 * summary["usual"]["median"]),
                              "text": f"it runs for longer than {duration_text(1.2 * summary['usual']['median'])}", "advice": "see whether it makes progress"})
        if status == "completed" and self.random.random() < 0.03:
            found.append({"job": name, "rule": "late", "severity": "medium", "at": stamp(self.now - self.random.uniform(100, 9000)),
                          "text": "its next run has not begun", "advice": "see whether cron or SLURM started it"})
        return found

    def details(self, number, summary, runs, alerts):
        r = self.random
        days = {}
        for run in runs:
            day = days.setdefault(run["start"][:10], [{}, 0.0])
            day[0][run["status"]] = day[0].get(run["status"], 0) + 1
            day[1] += run.get("duration", 0) if run["status"] == "completed" else 0
        points = 200
        begin = datetime.fromisoformat(summary.get("start_time", summary["time"]).replace("Z", "+00:00")).timestamp()
        end = self.now if summary["status"] == "running" else begin + max(60, summary.get("duration", 3600))
        times = [int((begin + (end - begin) * i / (points - 1)) * 1000) for i in range(points)]
        memory, samples = 400.0, {"run_id": summary["run_id"], "time": times, "progress": [], "cpu": [], "memory": []}
        for i in range(points):
            memory += r.gauss(12, 60)
            samples["progress"].append(round(summary.get("progress", 100) * i / (points - 1), 1))
            samples["cpu"].append(None if 90 < i < 100 else round(max(0, r.gauss(380, 60)), 1))
            samples["memory"].append(round(max(50, memory), 1))
        tails = []
        for kind in ("out", "err"):
            tails.append(self.log(summary, f"slurm-{48000 + number}.{kind}"))
        words = [self.evil(text) for text in ("Starting", "Processing 15,000 new images from field observations", "Image quality validation completed", "Metadata extraction finished")]
        entries = [{"time": stamp(end - 60 * i), "status": summary["status"], "message": word} for i, word in enumerate(words)]
        fields = {"job_name": summary["name"], "status": summary["status"], "last_updated": summary["time"], "duration": summary.get("duration", 0),
                  "config": {"input_path": self.evil("/data/raw_observations"), "quality_threshold": 0.8, "resize_dimensions": [224, 224], "nested": {"learning_rate": 0.001, "layers": [64, 64, 32]}},
                  "metrics": {"accuracy": 0.9312, "loss": 0.0231, "images": 15000}, "log_entries": words, "revision": "20250817T060000123-0000-5f2c91ab-0123456789ab",
                  "last_error": self.evil("none"), "checksum": "5f2c91ab"}
        before = [a | {"until": stamp(self.now - DAY * (i + 1) + 3000), "at": stamp(self.now - DAY * (i + 1))} for i, a in enumerate(alerts[:1] * 3)]
        self.alerts_before += before
        self.shard(f"data/job/{summary['name']}.js", {
            "summary": summary, "fields": fields, "entries": entries, "samples": samples, "runs": runs[:400], "run_total": len(runs) + (37 if len(runs) >= 400 else 0),
            "days": [[day, *value] for day, value in sorted(days.items())], "alerts": {"now": alerts, "before": before}, "tails": tails})

    def log(self, summary, file):
        r = self.random
        digest = hashlib.sha256(f"{summary['name']}{file}".encode()).hexdigest()[:16]
        count = 40 if file.endswith(".err") else 900
        lines = []
        for i in range(count):
            text = r.choice(["INFO step %d: loss %.4f" % (i, r.random()), "INFO wrote tile %d" % i, "DEBUG cache hit", "WARNING station 17 has no data",
                             "ERROR could not read /data/tiles/%d.tif: No such file" % i if r.random() < 0.05 else "INFO next"])
            lines.append(f"2025-08-17 06:{i // 60 % 60:02d}:{i % 60:02d} {self.evil(text) if r.random() < 0.2 else text}")
        errors = sum("ERROR" in line for line in lines)
        path = f"data/log/{digest}.js"
        value = {"lines": lines, "source": f"logs/{file}", "host": summary["host"], "job": summary["name"], "written": summary["time"], "size": count * 61}
        self.shard(path, value)
        entry = {"project": summary["project"], "host": summary["host"], "file": self.evil(file), "source": f"logs/{file}", "job": summary["name"], "size": count * 61,
                 "written": summary["time"], "lines": count, "errors": errors, "preview": self.evil(lines[-1])[:200], "shard": path}
        self.logs.append(entry)
        return entry

    def health(self):
        r = self.random
        clones = []
        for i, host in enumerate(["node11", "node17", "hydra-a", "ops1"]):
            clones.append({"clone": hashlib.md5(host.encode()).hexdigest()[:16], "host": self.evil(host), "version": "0.1.0", "time": stamp(self.now - (200 if i < 3 else 9 * 3600)),
                           "last_publish": stamp(self.now - (260 if i < 3 else 9 * 3600)), "published": r.randrange(1, 40), "waiting": 0 if i != 2 else 214,
                           "oldest_waiting": None if i != 2 else stamp(self.now - 5400), "refused": 0, "damaged": 1 if i == 1 else 0,
                           "last_error": self.evil("unreachable") if i == 2 else "", "sync_period_seconds": 300, "interval_seconds": 21600})
        health = {"clones": clones}
        if self.live:
            kinds = [("published", "info", "Published weather_train: completed"), ("push_failed", "warning", "push failed (rejected): fetch first"),
                     ("lock_unavailable", "warning", "waited 30 s for the lock of node11 [4711]"), ("completed", "info", "Published 4 events")]
            health["log"] = [{"time": stamp(self.now - 97 * i), "host": self.evil("node11"), "level": level, "event": event, "text": self.evil(words)}
                             for i in range(120) for event, level, words in [kinds[i % 4 if i % 9 else 1]]]
        self.shard("data/health.js", health)

    def write(self):
        if self.out.exists():
            shutil.rmtree(self.out)
        shutil.copytree(WEB / "dist", self.out)
        jobs, alerts = [], []
        for number in range(self.count):
            summary, runs = self.job(number)
            own = self.alerts_of(summary)
            jobs.append(summary)
            alerts += own
            if number < self.detailed:
                self.details(number, summary, runs, own)
            for run in runs:
                self.runs_by_day.setdefault(run["start"][:10], []).append({"job": summary["name"]} | run)
        self.write_days()
        alerts.append({"rule": "unpublished", "host": "hydra-a", "severity": "high", "at": stamp(self.now - 3000), "text": "214 events wait on hydra-a since 90 minutes",
                       "advice": "signalbox doctor on hydra-a"})
        alerts.append({"rule": "sync-failing", "host": "hydra-a", "severity": "medium", "at": stamp(self.now - 2000), "text": "the sync of hydra-a fails: unreachable",
                       "advice": "signalbox doctor on hydra-a", "muted_by": "unpublished"})
        alerts.sort(key=lambda alert: alert["at"])
        self.shard("data/alerts.js", {"now": alerts, "before": sorted(self.alerts_before, key=lambda a: a["at"], reverse=True)[:200]})
        self.shard("data/logs.js", {"logs": self.logs})
        self.health()
        jobs.sort(key=lambda job: (-job["attention"], job["name"]))
        self.write_index(jobs, alerts)

    def write_days(self):
        days = []
        for day, runs in sorted(self.runs_by_day.items()):
            ends, seconds = {}, 0.0
            for run in runs:
                ends[run["status"]] = ends.get(run["status"], 0) + 1
                seconds += run.get("duration", 0) if run["status"] == "completed" else 0
            days.append([day, ends, round(seconds, 3)])
            self.shard(f"data/runs/{day}.js", {"runs": sorted(runs, key=lambda run: run["start"])})
        self.shard("data/days.js", {"days": days, "runs": sum(len(runs) for runs in self.runs_by_day.values())})

    def write_index(self, jobs, alerts):
        buckets = 0
        if len(jobs) > 300:
            buckets = (len(jobs) + 127) // 128
            content = [[] for _ in range(buckets)]
            for job in jobs:
                content[int(hashlib.md5(job["name"].encode()).hexdigest(), 16) % buckets].append(job)
            for bucket, some in enumerate(content):
                self.shard(f"data/jobs/{bucket}.js", {"jobs": some})
        counts = {}
        for job in jobs:
            counts[job["status"]] = counts.get(job["status"], 0) + 1
        hosts = [{"host": self.evil(host), "time": stamp(self.now - self.random.uniform(20, 9000))} for hosts in CLUSTERS.values() for host in hosts]
        snapshot = {"format": 1, "title": self.evil("monitor"), "repository": self.evil("https://github.com/example/monitor"), "generated_at": stamp(self.now - 40),
                    "expected_seconds": self.expected, "live": self.live, "counts": counts, "jobs": jobs[:300], "total": len(jobs), "buckets": buckets,
                    "alerts": alerts[:300], "alert_total": len(alerts), "hosts": hosts, "defaults": {"silent_seconds": 86400, "long_running_seconds": 7200}}
        self.shard("data/snapshot.js", snapshot)
        page = (WEB / "dist" / "index.html").read_text()
        order = sorted(counts, key=lambda status: -counts[status])
        for name, value in {
                "TITLE": html.escape(snapshot["title"]), "GENERATED": snapshot["generated_at"],
                "COUNTS": html.escape(", ".join(f"{counts[status]} {status}" for status in order)),
                "ROWS": "\n".join(self.row(job) for job in jobs[:300]),
                "MORE": f'<p class="more">And {len(jobs) - 300} more jobs.</p>' if len(jobs) > 300 else "",
                "SNAPSHOT": script_json(snapshot)}.items():
            page = page.replace(f"<!--@{name}-->", value)
        (self.out / "index.html").write_text(page)

    @staticmethod
    def row(job):
        def e(name):
            return html.escape(str(job.get(name, "")))

        def moment(name):
            value = e(name)
            return f'<time datetime="{value}">{value[:16].replace("T", " ")}</time>' if value else ""

        known = job["status"]
        label = {"timeout": "Timed out"}.get(known, known.capitalize())
        good = sum(status == "completed" for status, _ in job["recent"])
        message = f'<span class="message">{e("message")}</span>' if job.get("message") else ""
        progress = f'<span class="meter"><progress max="100" value="{e("progress")}"></progress><span class="meter-value">{int(job["progress"])} %</span></span>' \
            if known != "completed" and "progress" in job else ""
        cluster = f' <span class="muted">{e("cluster")}</span>' if job.get("cluster") else ""
        duration = duration_text(job["duration"]) if job.get("duration", -1) >= 0 else ""
        return (f'<tr data-status="{html.escape(known)}"><th scope="row" class="c-job"><a>{e("name")}</a>{message}</th>'
                f'<td class="c-status"><span class="status" data-status="{html.escape(known)}">{html.escape(label)}</span></td><td class="c-progress">{progress}</td>'
                f'<td class="c-updated">{moment("time")}</td><td class="c-duration">{duration}</td><td class="c-next">{moment("next_scheduled_run")}</td>'
                f'<td class="c-host">{e("host")}{cluster}</td><td class="c-recent">{good} of {len(job["recent"])}</td></tr>')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--now", default=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--expected", type=int, default=21600)
    parser.add_argument("--detailed", type=int, default=120, help="jobs that get a page of their own")
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--live", action="store_true")
    Site(parser.parse_args()).write()


if __name__ == "__main__":
    main()
