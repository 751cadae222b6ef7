"""Starts what a unit file says, where systemd can't run: as its user, in its folders, no more.

Kept: conditions, user and groups, StateDirectory and RuntimeDirectory, WorkingDirectory, the
environment, credentials, the capabilities that it may have and none to gain, UMask, LimitNOFILE,
LimitCORE, Nice, a file system that can't be written but for its folders and ReadWritePaths, a /tmp
of its own, InaccessiblePaths, and sd_notify(3) with WATCHDOG_USEC.
Not kept: SystemCallFilter, cgroups, devices, restarts.
"""

import os
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDERS = {"StateDirectory": "var/lib", "RuntimeDirectory": "run"}
START_S = 180.0
MICROSECONDS = 1_000_000


class Unit:
    """A service's file, in a root folder."""

    def __init__(self, root: Path, name: str) -> None:
        self.root, self.name = root, name
        self._lines: dict[str, list[str]] = {}
        for line in _file(root, f"{name}.service").read_text().splitlines():
            key, sign, value = line.partition("=")
            if sign and not line.startswith("#"):
                self._lines.setdefault(key, []).append(value)

    def all(self, key: str) -> list[str]:
        """Every value of a key."""
        return self._lines.get(key, [])

    def get(self, key: str, otherwise: str = "") -> str:
        """Its last value."""
        return self.all(key)[-1] if self.all(key) else otherwise

    def may_start(self) -> bool:
        """Whether all that must be there is."""
        return all(self._is_there(path) for path in self.all("ConditionPathExists"))

    def folders(self) -> list[str]:
        """Those that it may write, as it sees them."""
        more = [path.lstrip("-") for name in self.all("ReadWritePaths") for path in name.split()]
        return self.made() + [name for name in more if self._is_there(name)]

    def made(self) -> list[str]:
        """Those that systemd makes for it."""
        return [f"/{below}/{self.get(key)}" for key, below in FOLDERS.items() if self.get(key)]

    def prepare(self) -> None:
        """Make its folders, and hand over the credentials that are kept for it."""
        owner = f"{self.get('User', 'root')}:{self.get('Group', 'root')}"
        mode = self.get("StateDirectoryMode", "0755")
        for name in self.made():
            install = ["install", "-d", "-m", mode, "-o", owner.partition(":")[0], name]
            _must("chroot", str(self.root), *install)
        handed = self.root / "run/credentials" / self.name
        handed.mkdir(parents=True, exist_ok=True)
        for pattern in self.all("ImportCredential"):
            for secret in (self.root / "etc/credstore").glob(pattern):
                (handed / secret.name).write_bytes(secret.read_bytes())
        _must("chroot", str(self.root), "chown", "-R", owner, f"/run/credentials/{self.name}")
        handed.chmod(0o500)

    def environment(self) -> dict[str, str]:
        """What it finds there."""
        given = dict(setting.split("=", 1) for setting in self.all("Environment"))
        watchdog = self.get("WatchdogSec")
        if watchdog:
            given["WATCHDOG_USEC"] = str(int(watchdog) * MICROSECONDS)
        given["CREDENTIALS_DIRECTORY"] = f"/run/credentials/{self.name}"
        if run := self.get("RuntimeDirectory"):
            given["RUNTIME_DIRECTORY"] = f"/run/{run}"
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"} | given

    def script(self, command: str) -> str:
        """What lays its view of the file system, in a mount namespace, and becomes it."""
        root = shlex.quote(str(self.root))
        lines = ["set -e", f"mount --rbind {root} {root}"]
        lines += [f"mount --bind {root}{folder} {root}{folder}" for folder in self.folders()]
        lines += [f"mount -o remount,bind,ro {root}", f"mount -t tmpfs tmpfs {root}/tmp"]
        for path in self.all("InaccessiblePaths"):
            hidden = self._inside(path.lstrip("-"))
            if hidden.exists():
                lines.append(f"mount --bind {root}/run/nothing {shlex.quote(str(hidden))}")
        return "\n".join(
            [*lines, f"exec chroot {root} sh -c {shlex.quote(self._becoming(command))}"]
        )

    def _becoming(self, command: str) -> str:
        user, group = self.get("User", "root"), self.get("Group", "root")
        keep = f"umask {self.get('UMask', '0022')}; cd {self.get('WorkingDirectory', '/')}"
        limits = (
            f"ulimit -c {self.get('LimitCORE', '0')}; ulimit -n {self.get('LimitNOFILE', '1024')}"
        )
        few = "".join(
            f",+{capability.removeprefix('CAP_').lower()}" for capability in self._capabilities()
        )
        drop = f"--inh-caps=-all --bounding-set=-all{few} --no-new-privs"
        become = f"setpriv --reuid {user} --regid {group} --init-groups {drop}"
        return f"{keep}; {limits}; exec {become} {command}"

    def _capabilities(self) -> list[str]:
        return [part for line in self.all("CapabilityBoundingSet") for part in line.split()]

    def _is_there(self, path: str) -> bool:
        """Asked inside: a link to an absolute path leads elsewhere from here."""
        return not subprocess.run(["chroot", self.root, "test", "-e", path]).returncode

    def _inside(self, path: str) -> Path:
        return self.root / path.lstrip("/")


def _file(root: Path, name: str) -> Path:
    """An admin's goes before a package's."""
    admins = root / "etc/systemd/system" / name
    return admins if admins.exists() else root / "usr/lib/systemd/system" / name


@dataclass
class Running:
    """A unit at work, and what it tells systemd."""

    process: subprocess.Popen[str]
    systemd: socket.socket

    def hears(self, wanted: str) -> None:
        """Wait until it says so. TimeoutError, or ConnectionResetError when it has ended."""
        while self.systemd.recv(4096) != wanted.encode():
            pass

    def sees(self, path: str) -> bytes:
        """What a file holds in its view of the file system."""
        return Path(f"/proc/{self.process.pid}/root{path}").read_bytes()

    def status(self, *keys: str) -> list[str]:
        """Of the process, as proc(5) has it."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        found = dict(line.split(":\t", 1) for line in lines)
        return [found[key] for key in keys]

    def stop(self) -> int:
        """As systemd does; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def started(unit: Unit, **more: str) -> Iterator[Running]:
    """Run its ExecStart, then its ExecStopPost. `more` is added to its environment."""
    assert unit.may_start(), f"{unit.name}: a condition does not hold"
    unit.prepare()
    (unit.root / "run/nothing").write_text("")
    (unit.root / "run/nothing").chmod(0)
    address = unit.root / f"run/notify-{unit.name}"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        systemd.settimeout(START_S)
        address.chmod(0o666)
        told = {"NOTIFY_SOCKET": f"/run/{address.name}", **more}
        with _run(unit, unit.get("ExecStart"), told) as process:
            try:
                yield Running(process, systemd)
            finally:
                process.kill()
        for command in unit.all("ExecStopPost"):
            with _run(unit, command, more) as after:
                assert after.wait(30) == 0, f"{unit.name}: {command}"


def _run(unit: Unit, command: str, more: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", unit.script(command)],
        env=unit.environment() | more,
        text=True,
        preexec_fn=lambda: os.nice(int(unit.get("Nice", "0"))),
    )


def _must(*command: str) -> None:
    subprocess.run(command, check=True)
