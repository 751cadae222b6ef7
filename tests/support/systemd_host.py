"""Debians with systemd as PID 1, in namespaces of their own; without a network, unless linked.

As root, with a tree of cgroup v2 somewhere. The root folder needs systemd-sysv and dbus.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.bare import must
from tests.support.until import until

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
POWER_OFF = signal.SIGRTMIN + 4
"""As systemd(1) takes it."""
ENVIRONMENT = ("HOME=/root", "LANG=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
_INIT = """\
set -e
mount --make-rprivate /; mount --bind "$1" "$1"; cd "$1"
mount -t proc proc proc; mount -t sysfs -o ro sysfs sys; mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev; mkdir dev/pts dev/shm
for device in $2; do touch dev/$device; mount --bind /dev/$device dev/$device; done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd
for link in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/${link%:*} dev/${link#*:}; done
mount -t tmpfs tmpfs dev/shm; mount -t tmpfs -o mode=755 tmpfs run; mount -t tmpfs tmpfs tmp
ip link set lo up; hostname "$3"
mkdir -p .old; pivot_root . .old; cd /; umount -l /.old; rmdir /.old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
"""


@dataclass(frozen=True)
class Host:
    """One that has started."""

    root: Path
    init: int
    """The process that is PID 1 there."""

    def inside(self, *words: str) -> list[str]:
        """A command of this computer's that runs this one there, as root."""
        enter = ["nsenter", "--target", str(self.init), "--all", "--root"]
        return [*enter, "env", "-i", "--chdir=/root", *ENVIRONMENT, *words]

    def run(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """A command as root, however it ends."""
        return subprocess.run(self.inside(*words), input=typed, capture_output=True, text=True)

    def must(self, *words: str, typed: str = "") -> str:
        """A command as root that has to succeed; what it printed."""
        done = self.run(*words, typed=typed)
        assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def has_started(self) -> bool:
        """Whether systemd has come to an end of its start."""
        state = self.run("systemctl", "is-system-running").stdout.strip()
        return state in ("running", "degraded")


@contextmanager
def booted(root: Path, log: Path, name: str = "host") -> Iterator[Host]:
    """Start it, and power it off at the end."""
    group = _cgroups() / f"loquet-{name}-{os.getpid()}"
    group.mkdir()
    unshare = ["unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--cgroup"]
    command = [*unshare, "--kill-child", "sh", "-c", _INIT, "init", str(root)]
    command += [" ".join(DEVICES), name]
    inside = f'echo $$ >{group}/cgroup.procs; exec "$@"'
    with log.open("w") as console:
        outer = subprocess.Popen(
            ["sh", "-c", inside, "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
        )
    try:
        until(lambda: _child(outer.pid) is not None, log.read_text, 20)
        host = Host(root, _child(outer.pid) or 0)
        until(host.has_started, log.read_text, 60)
        yield host
    finally:
        if (init := _child(outer.pid)) is not None:
            os.kill(init, POWER_OFF)
        outer.wait(60)
        _remove(group)


@contextmanager
def linked(hosts: Mapping[str, Host]) -> Iterator[None]:
    """One network of /24 for these, by their addresses, and this computer as its `.254`."""
    bridge = f"lqb{os.getpid()}"
    must("ip", "link", "add", bridge, "type", "bridge")
    try:
        here = next(iter(hosts)).rpartition(".")[0] + ".254/24"
        must("ip", "address", "add", here, "dev", bridge)
        must("ip", "link", "set", bridge, "up")
        for address, host in hosts.items():
            number = address.rpartition(".")[2]
            port = f"lq{number}p{os.getpid()}"
            peer = ("peer", "name", "eth0", "netns", str(host.init))
            must("ip", "link", "add", port, "master", bridge, "type", "veth", *peer)
            must("ip", "link", "set", port, "up")
            host.must("ip", "address", "add", f"{address}/24", "dev", "eth0")
            host.must("ip", "link", "set", "eth0", "up")
        yield
    finally:
        must("ip", "link", "del", bridge)


def _cgroups() -> Path:
    """Where the tree of version 2 is mounted."""
    with Path("/proc/self/mounts").open() as mounts:
        return next(Path(line.split()[1]) for line in mounts if line.split()[2] == "cgroup2")


def _child(outer: int) -> int | None:
    children = Path(f"/proc/{outer}/task/{outer}/children")
    numbers = children.read_text().split() if children.exists() else []
    return int(numbers[0]) if numbers else None


def _remove(group: Path) -> None:
    """The deepest first."""
    for folder, _, _ in os.walk(group, topdown=False):
        Path(folder).rmdir()
