"""What somebody does on bare Debian hosts who follows the docs, and what is seen there then."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.docs.fences import below
from tests.docs.looked_up import simple_commands
from tests.support.first_tap import Controller
from tests.support.systemd_host import Host
from tests.support.until import until


def documented(page: str, heading: str, *words: str) -> list[str]:
    """The shortest command below that heading that has these words."""
    commands = [
        simple_command
        for fence in below(page, heading)
        for simple_command in simple_commands(fence.text)
    ]
    found = [command for command in commands if set(words) <= set(command)]
    assert found, f"{page}, {heading}: there is no command with {words}"
    return min(found, key=len)


@dataclass
class Known:
    """What a reader keeps from one page of the docs to the next."""

    said: str = ""
    """By the latest `loquet setup controller`."""
    token: str = ""
    password: str = ""
    """Of the backups."""

    def found(self, pattern: str) -> str:
        """The part of it that is asked for."""
        found = re.search(pattern, self.said)
        assert found is not None, self.said
        return found[1]


@dataclass(frozen=True)
class Hosts:
    """The computers, each bare at the start."""

    atelier: Host
    spare: Host
    pi: Host

    def named(self, name: str, address: str) -> None:
        """What the router's DNS says from now on."""
        for host in (self.atelier, self.spare, self.pi):
            hosts = f"127.0.0.1 localhost\n{address} {name}\n"
            (host.root / "etc/hosts").write_text(hosts)


@dataclass(frozen=True, kw_only=True)
class There(Controller):
    """Its API is asked on its own computer, whatever its name and its certificate are."""

    host: Host

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        words = ["--header", f"Authorization: Bearer {self.token}"]
        if body is not None:
            words += ["--json", json.dumps(body)]
        words += ["--silent", "--fail", f"{self.url}/api/v1/{path}"]
        found: dict[str, Any] = json.loads(self.host.must("curl", *words))
        return found


def apt(host: Host, command: list[str]) -> None:
    """As documented; the reader presses Y."""
    files = {path.name.partition("_")[0]: path.name for path in (host.root / "root").glob("*.deb")}
    words = [
        f"./{files[word[2:].partition('_')[0]]}" if word.startswith("./") else word
        for word in command
    ]
    print(host.must("env", "DEBIAN_FRONTEND=noninteractive", *words, "-y")[-300:])


def serves(host: Host) -> None:
    """Wait until what was set up answers."""
    units = ("systemctl", "is-active", "loquet-broker", "loquet-serve", "nginx")
    until(lambda: host.run(*units).returncode == 0, lambda: host.run(*units).stdout)
    ready = ("curl", "--fail", "--silent", "http://127.0.0.1:8000/health/ready")
    until(lambda: host.run(*ready).returncode == 0, lambda: host.run(*ready).stdout)


def ports(host: Host) -> set[str]:
    """On which somebody listens."""
    lines = host.must("ss", "--no-header", "--listening", "--tcp", "--numeric").splitlines()
    return {line.split()[3].rpartition(":")[2] for line in lines}


def nginx_starts(host: Host) -> None:
    """With what is configured now; Debian's own page is on port 80."""
    host.must("nginx", "-t")
    host.must("systemctl", "restart", "nginx")
    assert "80" in ports(host)


def left(host: Host) -> list[str]:
    """What has our name or nobody as its owner; backups and a certificate are a person's own."""
    skipped = ("/proc", "/sys", "/dev", "/run", "/tmp", "/root", "/mnt", "/etc/ssl")
    prune = " -o ".join(f"-path {folder}" for folder in skipped)
    find = f"find / \\( {prune} \\) -prune -o \\( -iname '*loquet*' -o -nouser \\) -print"
    found = host.must("sh", "-c", find).splitlines()
    user = host.run("getent", "passwd", "loquet").stdout.split()
    return found + user
