"""GlusterFS: a brick on one host, the real FUSE client on two others.

    lab = GlusterLab(directory, caching=False)
    lab.clients                         h1 and h2, the share at /mnt/shared
    lab.close()

Needs root, /dev/fuse and the packages glusterfs-server and glusterfs-client. No glusterd: the
volume files below are all there is. With `caching` the client has the translators that a volume
made with `gluster volume create` has: stat, read and directory caches, write-behind.
"""

import pathlib
import subprocess

from hosts import (LabError, NamespaceHost, Network, require_device, require_programs,
                   require_root, run, start, wait_for)

SERVER = 100
PORT = 24999
PING_TIMEOUT = 5  # seconds until a client gives up on a server that does not answer; 42 by default
CACHES = ("write-behind", "read-ahead", "readdir-ahead", "io-cache", "open-behind", "quick-read",
          "md-cache")

BRICK = """volume posix
  type storage/posix
  option directory {directory}
end-volume
volume locks
  type features/locks
  subvolumes posix
end-volume
volume brick
  type performance/io-threads
  subvolumes locks
end-volume
volume server
  type protocol/server
  option transport-type tcp
  option transport.socket.listen-port {port}
  option transport.socket.keepalive-time {ping_timeout}
  option transport.tcp-user-timeout {ping_timeout}
  option auth.addr.brick.allow *
  subvolumes brick
end-volume
"""

CLIENT = """volume client
  type protocol/client
  option transport-type tcp
  option remote-host {server}
  option remote-port {port}
  option remote-subvolume brick
  option ping-timeout {ping_timeout}
end-volume
"""


def client_volume(server, caching):
    text = CLIENT.format(server=server, port=PORT, ping_timeout=PING_TIMEOUT)
    below = "client"
    for cache in CACHES if caching else ():
        text += f"volume {cache}\n  type performance/{cache}\n  subvolumes {below}\nend-volume\n"
        below = cache
    return text


class GlusterHost(NamespaceHost):
    def __init__(self, network, name, number, volume):
        self.volume = volume
        super().__init__(network, name, number)

    def boot(self):
        super().boot()
        run(*self.command(["glusterfs", "-f", self.volume, "-l", self.spaces.directory / "mount.log",
                           "/mnt/shared"]))


class GlusterLab:
    def __init__(self, directory, caching=False):
        require_root("GlusterFS")
        require_device("/dev/fuse", "GlusterFS")
        require_programs({"glusterfsd": "glusterfs-server", "glusterfs": "glusterfs-client",
                          "ip": "iproute2"}, "GlusterFS")
        directory = pathlib.Path(directory)
        self.network = Network(directory)
        try:
            self.serve(directory)
            volume = directory / "client.vol"
            volume.write_text(client_volume(self.server.address, caching), encoding="ascii")
            self.clients = [GlusterHost(self.network, f"h{number}", number, volume)
                            for number in (1, 2)]
        except (LabError, OSError):
            self.close()
            raise

    def serve(self, directory):
        brick = directory / "brick"
        brick.mkdir()
        volume = directory / "brick.vol"
        volume.write_text(BRICK.format(directory=brick, port=PORT, ping_timeout=PING_TIMEOUT),
                          encoding="ascii")
        self.server = NamespaceHost(self.network, "server", SERVER)
        start(self.server.command(["glusterfsd", "-N", "-f", volume, "-l", directory / "brick.log"]),
              directory / "glusterfsd.log")
        reach = self.server.command(["bash", "-c", f": >/dev/tcp/127.0.0.1/{PORT}"])
        wait_for(lambda: subprocess.run(reach, stderr=subprocess.DEVNULL,
                                        check=False).returncode == 0, "the GlusterFS brick")

    def close(self):
        for host in (*getattr(self, "clients", ()), getattr(self, "server", None)):
            if host:
                host.power_off()
        self.network.close()
