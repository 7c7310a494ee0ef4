"""`signalbox serve`: the dashboard in browsers, live, and whom it does not answer."""

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess

import pytest
from harness import PROGRAM, wait_until

TOKEN = "0123456789abcdef-a_token"


class Service:
    def __init__(self, world, *options, **variables):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "-C", world.monitor, "--listen", "127.0.0.1:0", *options],
            env=dict(world.environment, **variables), stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"serving .* at http://127\.0\.0\.1:(\d+)/\n", line)
        assert found, line
        self.port = int(found.group(1))

    def get(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()

    def json(self, path):
        answer = self.get(path)
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("application/json")
        return json.loads(answer.text)

    def connect(self, timeout=30):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def raw(self, request):
        """What comes back until the server closes."""
        with self.connect() as connection:
            connection.sendall(request)
            return until_closed(connection)


def until_closed(connection):
    received = b""
    with contextlib.suppress(ConnectionError):
        while block := connection.recv(65536):
            received += block
    return received


@pytest.fixture
def serving(world):
    started = []

    def start(*options, **variables):
        started.append(Service(world, *options, **variables))
        return started[-1]

    yield start
    for service in started:
        service.process.kill()
        service.process.wait()


@pytest.fixture
def service(world, serving):
    world.report(world.monitor, "weather", "running", "0", "10", "first words")
    world.report(world.monitor, "backup", "failed", "0", "0", "disk full")
    return serving()


def test_the_page_and_its_files_come_with_strict_headers(service):
    page = service.get("/")
    assert page.status == 200 and "weather" in page.text and page.headers["Content-Type"].startswith("text/html")
    assert '"live":true' in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    types = {"/app.js": "text/javascript", "/app.css": "text/css", "/favicon.svg": "image/svg+xml",
             "/feed.xml": "application/atom+xml", "/data/job/weather.js": "text/javascript",
             "/badge/weather.svg": "image/svg+xml", "/data/health.js": "text/javascript"}
    for path, kind in types.items():
        answer = service.get(path)
        assert answer.status == 200 and answer.headers["Content-Type"].startswith(kind), path


def test_what_a_browser_has_is_not_sent_again(service):
    first = service.get("/app.js")
    again = service.get("/app.js", **{"If-None-Match": first.headers["ETag"]})
    assert again.status == 304 and again.text == ""
    head = service.get("/app.js", method="HEAD")
    assert head.status == 200 and head.text == "" and int(head.headers["Content-Length"]) == len(first.text.encode())


def test_the_interface_tells_jobs_runs_events_and_health(service):
    snapshot = service.json("/api/v1/snapshot")
    assert snapshot["live"] is True and snapshot["counts"] == {"failed": 1, "running": 1}
    jobs = service.json("/api/v1/jobs")
    assert jobs["total"] == 2 and {job["name"] for job in jobs["jobs"]} == {"weather", "backup"}
    assert service.json("/api/v1/jobs/weather")["summary"]["status"] == "running"
    runs = service.json("/api/v1/jobs/backup/runs")
    assert runs["total"] == 1 and runs["runs"][0]["status"] == "failed"
    events = service.json("/api/v1/events?since=2020-01-01T00:00:00Z")
    assert [event["job"] for event in events["events"]] == ["backup", "weather"] and events["more"] is False
    assert service.json("/api/v1/events?since=2199-01-01")["events"] == []
    health = service.json("/api/v1/health")
    assert health["status"] == "ok" and health["waiting"] == 2
    assert service.get("/api/v1/events").status == 400
    assert service.get("/api/v1/jobs/none").status == service.get("/api/v1/none").status == 404


def test_metrics_are_in_the_text_format_of_prometheus(service):
    lines = service.get("/metrics").text.splitlines()
    for line in ('signalbox_jobs{status="failed"} 1', 'signalbox_jobs{status="running"} 1',
                 "signalbox_waiting_events 2", 'signalbox_alerts_firing{severity="high"} 1'):
        assert line in lines
    assert all(re.fullmatch(r'# (HELP|TYPE) .+|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.e+-]+', line) for line in lines)


def read_event(stream, name):
    """The data of the next event of this name."""
    kind = None
    for line in stream:
        text = line.decode().rstrip("\n")
        if text.startswith("event: "):
            kind = text.removeprefix("event: ")
        elif text.startswith("data: ") and kind == name:
            return json.loads(text.removeprefix("data: "))
    raise AssertionError("the stream ended")


def test_a_report_is_told_by_the_stream_and_shown(world, service):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.request("GET", "/api/v1/stream")
    stream = connection.getresponse()
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    read_event(stream, "alive")
    world.report(world.monitor, "weather", "completed", "60", "100", "last words")
    changed = read_event(stream, "changed")
    assert {"index.html", "data/job/weather.js", "badge/weather.svg"} <= set(changed["paths"])
    assert "data/job/backup.js" not in changed["paths"]
    assert changed["generated_at"] == service.json("/api/v1/snapshot")["generated_at"]
    assert "last words" in service.get("/data/job/weather.js").text
    connection.close()


def test_what_other_clones_publish_is_shown_once_it_is_here(world, service):
    other = world.clone("other")
    world.report(other, "elsewhere", "completed")
    world.signalbox("sync", "-q", "-C", other)
    world.signalbox("sync", "-q", "-C", world.monitor)
    wait_until(lambda: service.get("/api/v1/jobs/elsewhere").status == 200, "the other's job is shown")
    wait_until(lambda: service.json("/api/v1/health")["waiting"] == 0, "nothing waits any more")


def test_settings_that_cannot_be_read_keep_the_page_and_are_told(world, service):
    (world.monitor / "signalbox.toml").write_text("pushes_per_minute = many\n")
    wait_until(lambda: service.get("/api/v1/health").status == 503, "the server says that it fails")
    assert service.get("/").status == 200
    assert "signalbox_build_failing 1" in service.get("/metrics").text
    (world.monitor / "signalbox.toml").write_text("pushes_per_minute = 600\n")
    wait_until(lambda: service.get("/api/v1/health").status == 200, "it is well again")


@pytest.mark.parametrize("path", [
    "/../config", "/%2e%2e/%2e%2e/config", "//etc/passwd", "/data/../../config", "/.signalbox-site",
    "/.signalbox-site.lock", "/data/job/..%2f..%2f..%2f..%2fconfig", "/index.html%00.js", "/data/", "/data/job/",
    "/api/v1/jobs/..%2f..%2findex", "/" + "a" * 3000,
])
def test_nothing_but_the_files_of_the_site_can_be_read(service, path):
    status = int(service.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()).split()[1])
    assert status == (200 if path.startswith("/index.html") else 404)


def test_only_questions_are_answered(service):
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        assert service.get("/", method=method).status == 405
    assert service.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello").split()[1] == b"400"
    service.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert service.get("/").status == 200


def test_a_request_that_is_too_large_is_refused(service):
    for size in (9000, 200_000):
        answer = service.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: " + b"x" * size + b"\r\nConnection: close\r\n\r\n")
        assert answer == b"" or answer.split()[1] == b"431"
    assert service.get("/").status == 200


def test_a_request_that_does_not_end_is_ended(service):
    with service.connect(timeout=60) as slow, service.connect(timeout=60) as dripping:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        dripping.sendall(b"GET / HTTP/1.1\r\nX-Drip: ")

        def is_ended():
            dripping.sendall(b"x")
            return False

        with contextlib.suppress(ConnectionError):
            wait_until(is_ended, "the server has had enough")  # fails while the server still listens
        assert not until_closed(slow).startswith(b"HTTP/1.1 200")
    assert service.get("/").status == 200


def test_a_thousand_idle_connections_keep_nobody_out(service):
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(service.connect())
        assert service.get("/").status == 200
        wait_until(lambda: "signalbox_http_connections 1\n" in service.get("/metrics").text, "they are ended")


def test_streams_have_a_bound(service):
    with contextlib.ExitStack() as stack:
        for _ in range(500):
            connection = stack.enter_context(service.connect())
            connection.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert service.get("/api/v1/stream").status == 503
        assert service.get("/").status == 200
    wait_until(lambda: "signalbox_http_streams 0\n" in service.get("/metrics").text, "those that left are forgotten")


def test_a_name_that_a_stranger_points_here_is_refused(service):
    for host in ("evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", ""):
        assert service.get("/", Host=host).status == 403, host
    for host in ("localhost", "localhost:9000", "127.0.0.1:1", "[::1]:8080"):
        assert service.get("/", Host=host).status == 200, host


def test_pages_of_other_sites_may_not_read(service):
    script = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert service.get("/data/job/weather.js", **script).status == 403
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert service.get("/", **link).status == 200


@pytest.mark.parametrize("way", ["file", "variable"])
def test_with_a_token_nothing_is_told_without_it(world, serving, way):
    file = world.directory / "token"
    file.write_text(TOKEN + "\n")
    service = serving("--token-file", file) if way == "file" else serving(SIGNALBOX_TOKEN=TOKEN)
    for path in ("/", "/app.js", "/api/v1/stream", "/metrics", "/?token=wrong", f"/?token={TOKEN}x"):
        assert service.get(path).status == 401, path
    for wrong in ("Bearer ", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", f"Bearer {TOKEN}x"):
        assert service.get("/", Authorization=wrong).status == 401
    assert service.get("/", Authorization=f"Bearer {TOKEN}", Host="jobs.example").status == 200
    opened = service.get(f"/?token={TOKEN}")
    assert opened.status == 303 and opened.headers["Location"] == "/"
    cookie = opened.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite" in cookie
    assert service.get("/", Cookie="other=1; " + cookie.split(";")[0]).status == 200
    away = service.get(f"//evil.example/?token={TOKEN}")
    assert away.headers["Location"] == "/"


def test_beyond_this_machine_only_with_a_token(world):
    done = world.signalbox("serve", "-C", world.monitor, "--listen", "0.0.0.0:0", check=False)
    assert done.returncode == 2 and "--token-file" in done.stderr
    done = world.signalbox("serve", "-C", world.monitor, check=False, env={"SIGNALBOX_TOKEN": "short"})
    assert done.returncode == 2 and "16 to 256" in done.stderr


def test_wrong_and_taken_addresses_are_told(world, service):
    for address in ("8080", "example.org:80", "127.0.0.1:99999", "127.0.0.1:", "[::1:80", "127.0.0.1:-1"):
        done = world.signalbox("serve", "-C", world.monitor, f"--listen={address}", check=False)
        assert done.returncode == 2 and "address" in done.stderr, address
    done = world.signalbox("serve", "-C", world.monitor, "--listen", f"127.0.0.1:{service.port}", check=False)
    assert done.returncode == 75 and "another program listens" in done.stderr


def test_one_serve_a_clone_and_host(world, service):
    done = world.signalbox("serve", "-C", world.monitor, "--listen", "127.0.0.1:0", check=False)
    assert done.returncode == 75 and "another 'signalbox serve'" in done.stderr


def test_it_ends_by_a_signal_at_once_and_starts_again(world, service, serving):
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(10) == -signal.SIGTERM
    assert serving().get("/").status == 200
