"""`loquet doctor`: look for what would stop Loquet from working here, and say what to do."""

import argparse
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from controller.cli import settings_of
from controller.settings import Settings

EXAMPLE = "loquet doctor --config /etc/loquet/config.toml"


class Finding(NamedTuple):
    """One thing that was looked at; `advice` is what to do when it is not good."""

    what: str
    good: bool
    advice: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none beyond the common ones."""


def run(args: argparse.Namespace) -> int:
    """Print each finding; 1 if any is bad."""
    settings = settings_of(args)
    found = [Finding(f"{settings.source} is understood", True)]
    checks = _agent if settings.agent.access_point else _server
    found += [*_python(), *checks(settings)]
    if args.json:
        print(json.dumps([each._asdict() for each in found]))
    else:
        for each in found:
            print(f"✓ {each.what}" if each.good else f"✗ {each.what}: {each.advice}")
    return 0 if all(each.good for each in found) else 1


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(f"Python {version}", sys.version_info >= (3, 11), "install 3.11 or newer")


def _server(settings: Settings) -> Iterator[Finding]:
    named = os.environ.get("LOQUET_MOSQUITTO")
    there = named or shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    yield Finding("Mosquitto is installed", bool(there), "apt install mosquitto")
    keys = Path(settings.site.keys)
    yield Finding(f"keys in {keys}", (keys / "ca.key").exists(), "run loquet init")
    yield _try("the database is of this version", lambda: _database(settings))
    yield _broker(settings)


def _agent(settings: Settings) -> Iterator[Finding]:
    state = Path(settings.agent.state_dir)
    enrolled = (state / "agent.crt").exists()
    yield Finding(f"enrolled, in {state}", enrolled, "run loquet enrol --url … --code -")
    yield _try("the wiring is understood", lambda: _wiring(settings))
    if enrolled:
        yield _try("the broker that enrolment named answers", lambda: _named_broker(state))


def _database(settings: Settings) -> None:
    from controller.assembly import HOUSE
    from controller.store.engine import open_database
    from controller.store.migrate import check

    engine = open_database(settings.database.url)
    try:
        check(engine, HOUSE.migrations)
    finally:
        engine.dispose()


def _wiring(settings: Settings) -> None:
    from devices.agent.hardware import wire_points

    wire_points(settings)


def _named_broker(state: Path) -> None:
    from devices.agent.enrolment.identity import Identity

    mqtt = Identity.load(state).enrolment.mqtt
    with socket.create_connection((mqtt.host, mqtt.port), timeout=3):
        pass


def _broker(settings: Settings) -> Finding:
    host, port = settings.mqtt.host, settings.mqtt.port
    with socket.socket() as probe:
        probe.settimeout(3)
        answers = probe.connect_ex((host, port)) == 0
    file = Path(settings.mqtt.broker_dir) / "mosquitto.conf"
    advice = f"start it: mosquitto -c {file}, or mend [mqtt] host and port"
    return Finding(f"the broker answers at {host}:{port}", answers, advice)


def _try(what: str, check: Callable[[], None]) -> Finding:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the advice
        return Finding(what, False, " ".join(str(error).split()))
    return Finding(what, True)
