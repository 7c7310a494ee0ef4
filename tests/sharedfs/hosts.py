"""Hosts made of namespaces, on a network of their own.

    network = Network(directory)        a switch with a machine of its own ("outside", 10.77.0.254)
    host = NamespaceHost(network, "h1", 1)
    subprocess.run(host.command(["uname", "-n"]))
    host.freeze() ... host.thaw()       every process of the host stands still, its mounts included
    host.cut() ... host.join()          the cable is out: packets are lost, nobody is told
    host.power_off()                    kill -9 of everything on it
    network.close()

A host has its own network, name, mounts and processes: process numbers begin at 1 on each. Nothing
is left behind, whatever ends the test: namespaces go with their last process, and the kernel kills
the first process of each host when the process that made it is gone.
"""

import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import time

PREFIX = "10.77.0"
OUTSIDE = f"{PREFIX}.254"
PATIENCE = 60  # seconds until something that should start has not
PR_SET_PDEATHSIG = 1

LIBC = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """Something of the lab did not work."""


class Unavailable(LabError):
    """This machine cannot have the lab: its kernel or its privileges."""


class PackagesMissing(LabError):
    """This machine could have the lab."""


def require_root(what):
    if os.geteuid() != 0:
        raise Unavailable(f"{what} needs root")


def require_device(path, what):
    if not pathlib.Path(path).exists():
        raise Unavailable(f"{what} needs {path}")


def require_programs(packages, what):
    """`packages`: program to package."""
    lacking = {package for program, package in packages.items()
               if not shutil.which(program, path="/usr/sbin:/sbin:/usr/bin:/bin")}
    if lacking:
        raise PackagesMissing(f"{what} needs the packages {', '.join(sorted(lacking))}")


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(words, log):
    """A process that ends with this one, its output in a file."""
    with open(log, "ab") as output:
        return subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL,
                                stdout=output, stderr=output, preexec_fn=die_with_parent)


def run(*words):
    result = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=PATIENCE, check=False)
    if result.returncode != 0:
        raise LabError(f"{' '.join(map(str, words))}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise LabError(f"gave up waiting for {what}")
        time.sleep(0.02)


def only_child(pid):
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return int(text.split()[0]) if text.strip() else None


class Namespaces:
    """The first process of new namespaces, which takes all others with it."""

    def __init__(self, directory, name, setup, *kinds, enter=()):
        self.directory = directory / name
        self.directory.mkdir(exist_ok=True)
        ready = self.directory / "ready"
        ready.unlink(missing_ok=True)
        self.log = self.directory / "log"
        self.unshare = start(
            [*enter, "unshare", *kinds, "--mount", "--pid", "--fork", "--kill-child",
             "--mount-proc", "sh", "-ec",
             f"{setup}\n: >'{ready}'\nexec sleep infinity"], self.log)
        try:
            wait_for(lambda: ready.exists() or self.unshare.poll() is not None, name)
            if self.unshare.poll() is not None:
                raise Unavailable(f"namespaces cannot be had: {self.log.read_text().strip()}")
            self.init = wait_for(lambda: only_child(self.unshare.pid), f"the init of {name}")
        except LabError:
            self.close()
            raise

    def enter(self, *kinds):
        return ["nsenter", "-t", str(self.init), *kinds, "--"]

    def close(self):
        self.unshare.kill()
        self.unshare.wait()


class Network:
    """A switch, and the machine beside it that stands for the world outside the cluster."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.spaces = Namespaces(
            self.directory, "outside",
            "ip link set lo up\n"
            # Of its own, or it is that of some port, and changes when that port goes.
            "ip link add lan address 02:00:00:00:00:fe type bridge\n"
            f"ip link set lan up\nip addr add {OUTSIDE}/24 dev lan",
            "--net")

    def command(self, words):
        return [*self.spaces.enter("-n", "-m", "-p"), *words]

    def ip(self, *words):
        run(*self.spaces.enter("-n"), "ip", *words)

    def serve_git(self, base):
        """Bare repositories below `base`, for everybody to push to: git://10.77.0.254/NAME."""
        process = start(self.command(
            ["git", "daemon", f"--listen={OUTSIDE}", f"--base-path={base}", "--export-all",
             "--enable=receive-pack", "--reuseaddr", base]), self.directory / "git-daemon.log")
        reach = self.command(["bash", "-c", f": >/dev/tcp/{OUTSIDE}/9418"])
        wait_for(lambda: subprocess.run(reach, stderr=subprocess.DEVNULL,
                                        check=False).returncode == 0, "git daemon")
        return process

    def close(self):
        self.spaces.close()


class Host:
    """What every kind of host can do."""

    def __init__(self, network, name, number):
        self.network = network
        self.name = name
        self.address = f"{PREFIX}.{number}"
        self.port = f"port-{name}"
        # The same card after every boot: others remember its address.
        self.hardware_address = f"02:00:00:00:00:{number:02x}"

    def cut(self):
        self.network.ip("link", "set", self.port, "nomaster")

    def join(self):
        self.network.ip("link", "set", self.port, "master", "lan")


class NamespaceHost(Host):
    """Shares the machine's kernel. Its own: /run and /mnt, with the mount point /mnt/shared."""

    def __init__(self, network, name, number):
        super().__init__(network, name, number)
        self.spaces = None
        self.boot()

    def boot(self):
        self.spaces = Namespaces(
            self.network.directory, self.name,
            f"hostname {self.name}\n"
            "mount -t tmpfs tmpfs /run\nmount -t tmpfs tmpfs /mnt\nmkdir /mnt/shared\n"
            "ip link set lo up",
            "--net", "--uts", "--ipc")
        self.network.ip("link", "add", self.port, "type", "veth", "peer", "name", "eth0",
                        "address", self.hardware_address, "netns", str(self.spaces.init))
        self.join()
        self.network.ip("link", "set", self.port, "up")
        for words in (["link", "set", "eth0", "up"],
                      ["addr", "add", f"{self.address}/24", "dev", "eth0"]):
            run(*self.spaces.enter("-n"), "ip", *words)

    def command(self, words):
        return [*self.spaces.enter("-n", "-u", "-i", "-m", "-p"), *words]

    def freeze(self):
        run(*self.command(["kill", "-STOP", "--", "-1"]))

    def thaw(self):
        run(*self.command(["kill", "-CONT", "--", "-1"]))
        # nsenter stops with what it runs.
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_text(encoding="utf-8").split("\0")
            except OSError:  # ended meanwhile
                continue
            if words[:3] == ["nsenter", "-t", str(self.spaces.init)]:
                os.kill(int(process.name), signal.SIGCONT)

    def power_off(self):
        self.spaces.close()
        # The kernel takes the cable away a moment after the last process; a boot needs its name.
        subprocess.run([*self.network.spaces.enter("-n"), "ip", "link", "del", self.port],
                       capture_output=True, check=False)
