"""`loquet doctor`: look for what would stop Loquet from working here, and say what to do."""

import argparse
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from controller.cli import settings_of
from controller.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from controller.domain.time import Utc

LATE = timedelta(minutes=15)
"""By so much a job may be late, or a reader behind, before somebody must look."""
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
    yield from _database(settings)
    yield _broker(settings)


def _agent(settings: Settings) -> Iterator[Finding]:
    state = Path(settings.agent.state_dir)
    enrolled = (state / "agent.crt").exists()
    yield Finding(f"enrolled, in {state}", enrolled, "run loquet enrol --url … --code -")
    yield _memory(state)
    yield _try("the wiring is understood", lambda: _wiring(settings))
    if enrolled:
        yield _try("the broker that enrolment named answers", lambda: _named_broker(state))


def _memory(state: Path) -> Finding:
    marks = ("*.db.broken-*", "*.db.corrupt-*")
    aside = sorted({each.name for mark in marks for each in state.glob(mark)})
    advice = f"the card may be failing, replace it; then delete {', '.join(aside)}"
    return Finding("no file of the agent's memory was damaged", not aside, advice)


def _database(settings: Settings) -> Iterator[Finding]:
    from controller.assembly import HOUSE
    from controller.kernel.database import wall_clock
    from controller.store.engine import open_database, reader, sessions
    from controller.store.migrate import check

    what = "the database is of this version"
    with ExitStack() as opened:
        try:
            engine = open_database(settings.database.url)
            opened.callback(engine.dispose)
            check(engine, HOUSE.migrations)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the advice
            yield _bad(what, error)
            return
        yield Finding(what, True)
        now, db = wall_clock(), opened.enter_context(sessions(reader(engine))())
        yield from [*_jobs(db, now), *_readers(db, now), *_backups(db, settings, now)]


def _jobs(db: "Session", now: "Utc") -> Iterator[Finding]:
    from controller.kernel.job_rows import states

    for job in states(db):
        where = f" at {job.site}" if job.site else ""
        done = job.succeeded_at.text() if job.succeeded_at else "never"
        advice = f"failed {job.failures} times ({job.error}): the hub's log says why"
        if not job.fails:
            advice = "no hub has done it since: start loquet serve, or loquet hub"
        is_late = now - job.due_at > LATE
        yield Finding(f"job {job.name}{where}: done {done}", not (job.fails or is_late), advice)


def _readers(db: "Session", now: "Utc") -> Iterator[Finding]:
    from controller.kernel.outbox_places import lags

    for reader in lags(db):
        is_late = reader.since is not None and now - reader.since > LATE
        advice = "it does not move on: the hub's log says why; after two days news are dropped"
        yield Finding(f"reader {reader.reader}: {reader.behind} news behind", not is_late, advice)


def _backups(db: "Session", settings: Settings, now: "Utc") -> Iterator[Finding]:
    from controller.kernel import backups

    wanted, at = settings.backup, backups.last(db)
    late = timedelta(hours=wanted.late_hours)
    what = f"last backup: {at.text() if at else 'never'}"
    advice = "run loquet backup, which says what stops it; loquet-backup.timer does it every night"
    if not wanted.is_on:
        advice = "set repository and password_file in [backup], then loquet backup init"
    yield Finding(what, not backups.is_late(db, late, now), advice)


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
        return _bad(what, error)
    return Finding(what, True)


def _bad(what: str, error: Exception) -> Finding:
    return Finding(what, False, " ".join(str(error).split()))
