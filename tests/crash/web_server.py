"""A real web server that serves repositories (nginx and git's own backend), and a line to it that
can be told what to do to those who call."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import threading

from harness import wait_until

NGINX, FCGIWRAP = "/usr/sbin/nginx", "/usr/sbin/fcgiwrap"
BACKEND = "/usr/lib/git-core/git-http-backend"
GARBAGE = bytes(range(256)) * 64
UNAVAILABLE = (b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
               b"Connection: close\r\n\r\n")


def missing_program():
    return next((program for program in (NGINX, FCGIWRAP, BACKEND) if not os.path.exists(program)), None)


class WebServer:
    def __init__(self, directory, repositories):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self.port = free_port()
        gateway = self.directory / "gateway"
        temporary = "\n".join(f"  {use}_temp_path temporary_{use};"
                              for use in ("client_body", "fastcgi", "proxy", "uwsgi", "scgi"))
        parameters = "\n".join(f"      fastcgi_param {name} {value};" for name, value in {
            "SCRIPT_FILENAME": BACKEND, "GIT_PROJECT_ROOT": repositories, "GIT_HTTP_EXPORT_ALL": "yes",
            "PATH_INFO": "$uri", "REMOTE_USER": "person", "QUERY_STRING": "$query_string",
            "REQUEST_METHOD": "$request_method", "CONTENT_TYPE": "$content_type",
            "CONTENT_LENGTH": "$content_length"}.items())
        (self.directory / "config").write_text(f"""
daemon off;
master_process off;
pid nginx.pid;
error_log errors;
events {{}}
http {{
  access_log off;
  client_max_body_size 0;
{temporary}
  server {{
    listen 127.0.0.1:{self.port};
    location / {{
      fastcgi_pass unix:{gateway};
{parameters}
    }}
  }}
}}
""")
        self.processes = [self.start(FCGIWRAP, "-c", "8", "-s", f"unix:{gateway}")]
        wait_until(gateway.is_socket, "the gateway listens")
        self.processes.append(self.start(NGINX, "-e", self.directory / "errors", "-p", self.directory,
                                         "-c", self.directory / "config"))
        wait_until(lambda: can_connect(self.port), "the web server listens")

    def start(self, *words):
        with open(self.directory / "log", "ab") as log:
            return subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=log, start_new_session=True)

    def stop(self):
        for process in self.processes:  # their whole groups: a backend whose caller is gone may spin
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def can_connect(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Line:
    """What a clone connects to in place of the server. `fault`, by its name in the table, is set while
    nobody is connected."""

    def __init__(self, server_port):
        self.server_port = server_port
        self.port = free_port()
        self.fault = None
        self.met = 0  # connections that the fault was done to
        self.closing = False
        self.listener = None
        self.listen()

    def listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(64)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def set(self, fault):
        self.fault, self.met = fault, 0
        if fault == "refuses to connect":
            self.close()
            self.met = 1
        elif self.listener is None:
            self.listen()

    def close(self):
        # Closing alone does not wake the thread that accepts.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.listener = None

    def accept(self, listener):
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(caller, self.fault), daemon=True).start()

    def serve(self, caller, fault):
        with caller, contextlib.suppress(OSError):
            if fault == "hangs":
                self.met += 1
                while caller.recv(1 << 16):  # until the caller has enough
                    pass
            elif fault in ("answers garbage", "answers 503"):
                self.met += 1
                caller.recv(1 << 16)
                caller.sendall(GARBAGE if fault == "answers garbage" else UNAVAILABLE)
            else:
                with socket.create_connection(("127.0.0.1", self.server_port)) as server:
                    self.relay(caller, server, fault)

    def relay(self, caller, server, fault):
        state = {"pushed": False}

        def up():
            with contextlib.suppress(OSError):
                while data := caller.recv(1 << 16):
                    if b"POST " in data and b"git-receive-pack" in data:
                        state["pushed"] = True
                    server.sendall(data)
                server.shutdown(socket.SHUT_WR)

        threading.Thread(target=up, daemon=True).start()
        while data := server.recv(1 << 16):
            if fault == "cuts the line":
                self.met += 1
                caller.sendall(data[:100])
                caller.shutdown(socket.SHUT_RDWR)
                return
            if fault == "its answer is lost" and state["pushed"]:
                self.met += 1
                caller.shutdown(socket.SHUT_RDWR)
                return
            caller.sendall(data)
        caller.shutdown(socket.SHUT_RDWR)
