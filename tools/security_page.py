"""Writes docs/security-officer.md: ports, units, accounts, flows and backups, for who must approve.

What code knows is read from it: defaults of settings, units, Debian's packages. What a section of
the configuration opens stands here, and a section that isn't here is an error.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from controller.cli.installing.front import AGENTS, HTTP, HTTPS
from controller.kernel.actor import Role
from controller.settings import BackupSettings, Settings

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs/security-officer.md"
TEXT = Path(__file__).with_name("security_officer.md")
INSIDE = frozenset({"site", "retention", "agent", "source"})
"""Sections that open nothing of their own."""
OUTWARD = {
    "database": ("PostgreSQL, where `url` names one", "as its address says", "everything"),
    "redis": ("Redis, where `url` names one", "as its address says", "that something is new"),
    "backup": ("a folder, SFTP or S3", "restic encrypts before it leaves", "everything, encrypted"),
    "webhooks": ("addresses that a manager enters", "HTTPS, signed", "what changed, by reference"),
    "mail": ("the mail server", "STARTTLS or TLS", "messages to the people they are for"),
    "oidc": ("the sign-in provider", "HTTPS", "a request to sign in; no data of ours"),
    "chat": ("services that a manager enters", "as each has it", "alarms: what and where"),
    "syslog": ("the log server", "TLS, TCP, local socket", "audit and alarms, by reference"),
    "spaceapi": ("who asks for `/spaceapi.json`", "HTTPS", "whether the place is open, and where"),
    "home_assistant": ("its MQTT broker", "as it has it", "states of machines and doors, nobody"),
    "fabomatic": ("the boards' MQTT broker", "as it has it", "yes or no for a badge"),
}
"""Section: to whom, how, what goes there. Each is off until it is configured; a database of one
file needs no network."""
INWARD = {
    "front": "everybody in the house: pages, API; nginx, TLS 1.2 and 1.3",
    "agents": "agents: to claim, renew and fetch programs, and nothing else; nginx, TLS 1.3",
    "http": "leads to HTTPS; shows `/trust`, and ACME's challenges",
    "mqtt": "agents: Mosquitto, TLS 1.3, each with a certificate, and a list of what it may say",
    "web": "nginx alone, on this computer",
    "metrics": "Prometheus, where `bind` is set; without a token: whoever reaches it reads it",
}


def page() -> str:
    """The whole of it."""
    return TEXT.read_text(encoding="utf-8").format(
        ports=_table(("port", "who reaches it, and how"), _ports(Settings())),
        outward=_table(("section", "to", "how", "what"), _outward()),
        units=_table(("unit", "as", "writes, beside `/var/lib/loquet`", "devices"), _units()),
        roles=", ".join(f"`{role}`" for role in Role),
        backup=BackupSettings(),
        debian=", ".join(f"`{package}`" for package in _debian()),
    )


def missing_sections() -> set[str]:
    """Sections of the configuration of which nothing is said."""
    return set(Settings.__struct_fields__) - INSIDE - OUTWARD.keys() - INWARD.keys()


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def _ports(settings: Settings) -> Iterator[tuple[str, ...]]:
    yield f"{HTTPS}", INWARD["front"]
    yield f"{HTTP}", INWARD["http"]
    yield f"{AGENTS}", INWARD["agents"]
    yield f"{settings.mqtt.port}", INWARD["mqtt"]
    yield f"`{settings.web.bind}`", INWARD["web"]
    yield "of `[metrics]`", INWARD["metrics"]


def _outward() -> Iterator[tuple[str, ...]]:
    for section, told in OUTWARD.items():
        yield f"`[{section}]`", *told


def _units() -> Iterator[tuple[str, ...]]:
    for file in sorted((ROOT / "systemd").glob("*.service")):
        text = file.read_text(encoding="utf-8")
        paths = " ".join(_all(text, "ReadWritePaths")).replace("-/", "/").split()
        writes = ", ".join(f"`{path}`" for path in paths) or "nothing"
        seen = ", ".join(rule.split()[0] for rule in _all(text, "DeviceAllow"))
        devices = "none" if "PrivateDevices=yes" in text else seen
        yield f"`{file.stem}`", ["root", *_all(text, "User")][-1], writes, devices


def _all(text: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.+)$", text, re.MULTILINE)


def _debian() -> list[str]:
    text = (ROOT / "packaging/debian/control").read_text(encoding="utf-8").replace("\n ", " ")
    lines = re.findall(r"^(?:Depends|Recommends|Suggests): (.+)$", text, re.MULTILINE)
    names = {package.split()[0] for line in lines for package in line.split(",")}
    return sorted(name for name in names if not name.startswith("$"))


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
