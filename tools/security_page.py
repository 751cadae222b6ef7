"""Writes docs/security-officer.md: ports, units, accounts, flows and backups, for an approval.

Defaults of settings, units and Debian's packages are read from the code. The connections of each
section of the configuration are listed here, and a missing section is an error.
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
"""Sections that open no connection."""
OUTWARD = {
    "database": ("PostgreSQL, if `url` is set", "as set in `url`", "all data"),
    "redis": ("Redis, if `url` is set", "as set in `url`", "notifications of changes"),
    "backup": ("a folder, SFTP or S3", "encrypted by restic before sending", "all data, encrypted"),
    "webhooks": ("addresses that a manager enters", "HTTPS, signed", "changes, by reference"),
    "mail": ("the mail server", "STARTTLS or TLS", "messages to their recipients"),
    "oidc": ("the sign-in provider", "HTTPS", "a sign-in request; no data of the place"),
    "chat": (
        "services that a manager enters",
        "as each service requires",
        "alarms: kind and location",
    ),
    "syslog": ("the log server", "TLS, TCP, local socket", "audit and alarms, by reference"),
    "spaceapi": (
        "clients of `/spaceapi.json`",
        "HTTPS",
        "whether the place is open, and its address",
    ),
    "home_assistant": (
        "its MQTT broker",
        "as configured",
        "states of machines and doors, no people",
    ),
    "fabomatic": ("the boards' MQTT broker", "as configured", "yes or no for a badge"),
}
"""Section: recipient, protocol, data. Each is off until it is configured; SQLite needs no
network."""
INWARD = {
    "front": "all users: pages, API; nginx, TLS 1.2 and 1.3",
    "agents": "agents, only to claim, renew and download programs; nginx, TLS 1.3",
    "http": "redirects to HTTPS; serves `/trust` and ACME challenges",
    "mqtt": "agents: Mosquitto, TLS 1.3, each with a certificate and an access list",
    "web": "only nginx, on this computer",
    "metrics": "Prometheus, if `bind` is set; no token, so anybody who reaches it can read it",
}


def page() -> str:
    """The whole page."""
    return TEXT.read_text(encoding="utf-8").format(
        ports=_table(("port", "clients and protocol"), _ports(Settings())),
        outward=_table(("section", "to", "protocol", "data"), _outward()),
        units=_table(("unit", "user", "can write to `/var/lib/loquet` and", "devices"), _units()),
        roles=", ".join(f"`{role}`" for role in Role),
        backup=BackupSettings(),
        debian=", ".join(f"`{package}`" for package in _debian()),
    )


def missing_sections() -> set[str]:
    """Sections of the configuration that the page does not list."""
    return set(Settings.__struct_fields__) - INSIDE - OUTWARD.keys() - INWARD.keys()


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def _ports(settings: Settings) -> Iterator[tuple[str, ...]]:
    yield f"{HTTPS}", INWARD["front"]
    yield f"{HTTP}", INWARD["http"]
    yield f"{AGENTS}", INWARD["agents"]
    yield f"{settings.mqtt.port}", INWARD["mqtt"]
    yield f"`{settings.web.bind}`", INWARD["web"]
    yield "`bind` of `[metrics]`", INWARD["metrics"]


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
