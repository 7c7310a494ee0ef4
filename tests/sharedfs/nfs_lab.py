"""NFS: a kernel server and two kernel clients, each a User Mode Linux of its own.

    lab = NfsLab(directory)
    lab.clients                         h1 and h2; the share at /mnt/shared (NFS 4.2) and
                                        /mnt/shared3 (the same directory over NFS 3)
    lab.close()

Needs root, /dev/net/tun and the packages user-mode-linux, nfs-kernel-server, nfs-common, rpcbind,
kmod and openssh-server. The machine's files are the root of every host, read-only; commands reach
it by ssh over a second network, which cut() leaves alone.
"""

import pathlib
import shlex

from hosts import (Host, LabError, Network, Unavailable, only_child, require_device,
                   require_programs, require_root, run, start, wait_for)

SERVER = 100
CONTROL = "10.78.0"
LEASE = 10  # seconds until an NFS 4 server gives up a client that others wait for; 90 by default
INIT = pathlib.Path(__file__).resolve().parent / "uml_init.sh"

SSHD = """ListenAddress 0.0.0.0
HostKey {directory}/key
AuthorizedKeysFile {directory}/key.pub
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
MaxSessions 100
"""

SSH = """Host *
  IdentityFile {directory}/key
  User root
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  BatchMode yes
  ControlPath {directory}/%h.ssh
"""


class UmlHost(Host):
    def __init__(self, network, name, number, *arguments):
        super().__init__(network, name, number)
        self.control = f"{CONTROL}.{number}"
        self.number = number
        self.arguments = arguments
        self.directory = network.directory / name
        self.directory.mkdir()
        self.master = None
        self.socket = network.directory / f"{self.control}.ssh"
        for port, bridge in ((self.port, "lan"), (f"ctl-{name}", "control")):
            network.ip("tuntap", "add", port, "mode", "tap")
            network.ip("link", "set", port, "master", bridge, "up")
        self.start()

    def start(self):
        """Begins to boot; wait() for the end of it."""
        (self.directory / "ready").unlink(missing_ok=True)
        lab = self.network.directory
        words = ["linux.uml", "mem=256M", f"umid={self.name}", f"uml_dir={self.directory}",
                 "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", f"init={INIT}",
                 "con0=null,fd:1", "con=null", "ssl=null",
                 f"eth0=tuntap,{self.port},{self.hardware_address}",
                 f"eth1=tuntap,ctl-{self.name},02:00:00:00:01:{self.number:02x}",
                 f"name={self.name}", f"address={self.address}", f"control={self.control}",
                 f"lab={lab}", f"lease={LEASE}", *self.arguments]
        # Its memory is a file; a container's /dev/shm may be too small for it.
        self.process = start(
            [*self.network.spaces.enter("-n"), "unshare", "--mount", "--pid", "--fork",
             "--kill-child", "--mount-proc", "sh", "-c",
             f"mount -t tmpfs -o size=1g tmpfs /dev/shm\nTMPDIR=/dev/shm {shlex.join(words)} & wait"],
            self.directory / "log")

    def wait(self):
        wait_for(lambda: (self.directory / "ready").exists() or self.process.poll() is not None,
                 f"{self.name} to boot; see {self.directory}/log")
        if self.process.poll() is not None:
            said = (self.directory / "log").read_text(errors="replace")
            kind = LabError if "as init process" in said else Unavailable
            raise kind(f"{self.name} did not boot: {said[-500:]}")
        # One connection that all commands share: a handshake takes a second here.
        self.master = start([*self.ssh(), "-M", "-N", self.control], self.directory / "ssh.log")
        wait_for(self.socket.exists, f"ssh of {self.name}")

    def ssh(self):
        return [*self.network.spaces.enter("-n"), "ssh", "-F",
                str(self.network.directory / "ssh_config")]

    def command(self, words):
        return [*self.ssh(), self.control, shlex.join(str(word) for word in words)]

    def boot(self):
        self.start()
        self.wait()

    def kernel(self):
        return only_child(only_child(self.process.pid))

    def freeze(self):
        run("kill", "-STOP", self.kernel())

    def thaw(self):
        run("kill", "-CONT", self.kernel())

    def power_off(self):
        if self.master:
            self.master.kill()
            self.master.wait()
            self.socket.unlink(missing_ok=True)
        self.process.kill()
        self.process.wait()


class NfsLab:
    def __init__(self, directory):
        require_root("NFS")
        require_device("/dev/net/tun", "NFS")
        require_programs({"linux.uml": "user-mode-linux", "rpc.nfsd": "nfs-kernel-server",
                          "mount.nfs": "nfs-common", "rpcbind": "rpcbind", "modprobe": "kmod",
                          "sshd": "openssh-server", "ssh": "openssh-client",
                          "mkfs.ext4": "e2fsprogs", "ip": "iproute2"}, "NFS")
        directory = pathlib.Path(directory)
        self.network = Network(directory)
        self.hosts = []
        try:
            self.network.ip("link", "add", "control", "address", "02:00:00:00:01:fe", "type",
                            "bridge")
            self.network.ip("link", "set", "control", "up")
            self.network.ip("addr", "add", f"{CONTROL}.254/24", "dev", "control")
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / "key")
            for name, text in (("sshd_config", SSHD), ("ssh_config", SSH)):
                (directory / name).write_text(text.format(directory=directory), encoding="ascii")
            disk = directory / "disk"
            run("truncate", "-s", "1G", disk)
            run("mkfs.ext4", "-q", disk)
            self.hosts.append(UmlHost(self.network, "server", SERVER, "role=server", f"ubd0={disk}"))
            self.clients = [UmlHost(self.network, f"h{number}", number, "role=client")
                            for number in (1, 2)]
            self.hosts += self.clients
            for host in self.hosts:
                host.wait()
        except (LabError, OSError):
            self.close()
            raise

    def close(self):
        for host in self.hosts:
            host.power_off()
        self.network.close()
