"""A private single-node Slurm with accounting: munged, mariadbd, slurmdbd, slurmctld and slurmd with
a configuration, ports and directories of their own, on loopback. Needs root, as slurmd does."""

import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import time

PROGRAMS = ["munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd", "sbatch", "sacct"]


def missing() -> str:
    """What this machine lacks for it; empty when nothing."""
    found = [name for name in PROGRAMS if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if found:
        return f"no Slurm with accounting here: {', '.join(found)} not found"
    return "" if os.geteuid() == 0 else "slurmd needs root"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Cluster:
    def __init__(self, directory: pathlib.Path, name: str = "lab", accounting: bool = True):
        self.directory = directory
        self.name = name
        self.accounting = accounting
        # Whether the kernel ends jobs that take too much memory; else slurmd does, less exactly.
        self.limits_memory = os.access("/sys/fs/cgroup/memory/tasks", os.W_OK)
        self.daemons: list[tuple[str, subprocess.Popen]] = []
        self.host = socket.gethostname().split(".")[0]
        self.ports = {what: free_port() for what in ("slurmctld", "slurmd", "slurmdbd", "mariadb")}
        self.environment = dict(
            os.environ,
            SLURM_CONF=str(directory / "slurm.conf"),
            PATH=os.environ["PATH"] + ":/usr/sbin:/sbin",
        )
        for variable in [key for key in self.environment if key.startswith("SLURM_") and key != "SLURM_CONF"]:
            del self.environment[variable]

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o755)
        for name in ("state", "spool", "log", "munge"):
            (self.directory / name).mkdir()
        self._start_munge()
        if self.accounting:
            self._start_accounting()
        (self.directory / "slurm.conf").write_text(self._slurm_configuration())
        (self.directory / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nConstrainRAMSpace=yes\n")
        if self.accounting:
            self.command("sacctmgr", "--immediate", "add", "cluster", self.name, check=False)
        self._start("slurmctld", "slurmctld", "-D", "-f", str(self.directory / "slurm.conf"))
        self._start("slurmd", "slurmd", "-D", "-f", str(self.directory / "slurm.conf"))
        self._until(lambda: "idle" in self.command("sinfo", "-h", "-o", "%T", check=False), "the node is idle")

    def stop(self) -> None:
        self.command("scancel", "--user=root", "--full", check=False)
        for _, daemon in reversed(self.daemons):
            daemon.terminate()
        for _, daemon in reversed(self.daemons):
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        # slurmd leaves its empty control groups behind.
        for controllers in pathlib.Path("/sys/fs/cgroup").glob(f"*/slurm_{self.host}"):
            for directory, _, _ in os.walk(controllers, topdown=False):
                try:
                    os.rmdir(directory)
                except OSError:  # somebody else's, or still in use
                    pass

    def command(self, *words: str, check: bool = True, **options) -> str:
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, timeout=120, **options
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def submit(self, script: str, *options: str) -> int:
        """Submits a batch script; its job id."""
        path = self.directory / f"job-{secrets.token_hex(4)}.sh"
        path.write_text("#!/bin/bash\n" + script)
        path.chmod(0o755)
        output = self.command(
            "sbatch", "--parsable", "--mem=50", f"--output={self.directory}/log/%x-%A-%a.out", *options, str(path)
        )
        return int(output.split(";")[0])

    def state(self, job: int) -> str:
        """Of a job that the controller still knows."""
        return self.command("squeue", "--noheader", "--states=all", f"--jobs={job}", "--format=%T").split("\n")[0]

    def wait_for(self, job: int, *states: str, seconds: float = 180) -> None:
        self._until(lambda: self.state(job) in states, f"job {job} is {' or '.join(states)}", seconds)

    def _until(self, happened, what: str, seconds: float = 180) -> None:
        end = time.monotonic() + seconds
        while not happened():
            for name, daemon in self.daemons:
                if daemon.poll() is not None:
                    raise AssertionError(f"{name} ended:\n{self._log(name)}")
            if time.monotonic() > end:
                logs = "\n".join(self._log(name) for name, _ in self.daemons)
                raise AssertionError(f"not within {seconds} s: {what}\n{logs}")
            time.sleep(0.1)

    def _log(self, name: str) -> str:
        path = self.directory / "log" / name
        return f"--- {name}\n" + path.read_text(errors="replace")[-2000:] if path.exists() else ""

    def _start(self, name: str, *words: str, **options) -> None:
        with open(self.directory / "log" / name, "ab") as log:
            daemon = subprocess.Popen(
                words,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **options,
            )
        self.daemons.append((name, daemon))

    def _start_munge(self) -> None:
        directory = self.directory / "munge"
        directory.chmod(0o700)
        (directory / "key").write_bytes(secrets.token_bytes(1024))
        (directory / "key").chmod(0o600)
        self._start(
            "munged",
            "munged",
            "--foreground",
            "--force",
            "--num-threads=10",
            f"--key-file={directory}/key",
            f"--socket={self.directory}/munge.socket",
            f"--pid-file={directory}/pid",
            f"--log-file={directory}/log",
            f"--seed-file={directory}/seed",
        )
        self._until((self.directory / "munge.socket").exists, "munged listens")

    def _start_accounting(self) -> None:
        database = self.directory / "database"
        database.mkdir()
        self.command(
            "mariadb-install-db",
            "--no-defaults",
            "--user=root",
            f"--datadir={database}",
            "--auth-root-authentication-method=socket",
            "--skip-test-db",
        )
        sock = database / "socket"
        self._start(
            "mariadbd",
            "mariadbd",
            "--no-defaults",
            "--user=root",
            f"--datadir={database}",
            f"--socket={sock}",
            f"--port={self.ports['mariadb']}",
            "--bind-address=127.0.0.1",
            f"--pid-file={database}/pid",
            "--innodb-lock-wait-timeout=900",
            "--innodb-flush-log-at-trx-commit=0",
        )
        self._until(sock.exists, "mariadbd listens")
        password = secrets.token_hex(16)
        self.command(
            "mariadb",
            f"--socket={sock}",
            "-e",
            f"create user slurm@'127.0.0.1' identified by '{password}';"
            "grant all on slurm_acct_db.* to slurm@'127.0.0.1'",
        )
        configuration = self.directory / "slurmdbd.conf"
        configuration.write_text(
            f"""AuthType=auth/munge
AuthInfo=socket={self.directory}/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={self.ports['slurmdbd']}
SlurmUser=root
PidFile={self.directory}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={self.ports['mariadb']}
StorageUser=slurm
StoragePass={password}
StorageLoc=slurm_acct_db
"""
        )
        configuration.chmod(0o600)
        # It looks for its configuration beside slurm.conf only.
        self._start("slurmdbd", "slurmdbd", "-D")
        self._until(self._accounting_answers, "slurmdbd listens")

    def _accounting_answers(self) -> bool:
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.ports["slurmdbd"])) == 0

    def _slurm_configuration(self) -> str:
        hardware = dict(
            pair.split("=", 1) for pair in self._hardware().split() if "=" in pair
        )
        accounting = f"""AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePass={self.directory}/munge.socket
AccountingStoragePort={self.ports['slurmdbd']}
""" if self.accounting else ""
        return f"""ClusterName={self.name}
SlurmctldHost={self.host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={self.ports['slurmctld']}
SlurmdPort={self.ports['slurmd']}
AuthType=auth/munge
AuthInfo=socket={self.directory}/munge.socket
CredType=cred/munge
StateSaveLocation={self.directory}/state
SlurmdSpoolDir={self.directory}/spool
SlurmctldPidFile={self.directory}/slurmctld.pid
SlurmdPidFile={self.directory}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin={'task/cgroup' if self.limits_memory else 'task/none'}
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
{'' if self.limits_memory else 'JobAcctGatherParams=OverMemoryKill'}
MaxArraySize=2000
MinJobAge=300
KillWait=2
OverTimeLimit=0
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
{accounting}NodeName={self.host} NodeAddr=127.0.0.1 CPUs={hardware['CPUs']} RealMemory={hardware['RealMemory']} State=UNKNOWN
PartitionName=ceab Nodes={self.host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:64 PriorityTier=1
PartitionName=urgent Nodes={self.host} MaxTime=INFINITE State=UP OverSubscribe=FORCE:64 PriorityTier=9 PreemptMode=OFF
"""

    def _hardware(self) -> str:
        return subprocess.run(
            ["slurmd", "-C"], env=self.environment, capture_output=True, text=True, check=True
        ).stdout.split("\n")[0]
