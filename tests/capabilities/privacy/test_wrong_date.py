"""A clock that is wrong: commands under libfaketime, on real databases, and a backup after them."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

from controller.capabilities.activity.models import SeenRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.privacy.erasure.erase import erased_by_people
from controller.capabilities.privacy.retention.run import retain
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.database import wall_clock
from controller.kernel.journal import EventRow
from controller.settings import RetentionSettings
from tests.capabilities.privacy.lived import Lived
from tests.hub.world import SITE

pytestmark = pytest.mark.needs("faketime")

DAY = timedelta(days=1)


class Kept(NamedTuple):
    """What a wrong date could take away."""

    members: int
    bodies: int
    named_sessions: int


@pytest.fixture
def config(lived: Lived, tmp_path: Path) -> Path:
    """The configuration of the lived place."""
    file = tmp_path / "config.toml"
    url = lived.database.engine.url.render_as_string(hide_password=False)
    file.write_text(f'[site]\nid = "fabrique"\n[database]\nurl = {json.dumps(url)}\n')
    return file


class Place:
    """Commands of the lived place, at an hour that is counted from its own last one."""

    def __init__(self, lived: Lived, config: Path) -> None:
        self.lived, self.config = lived, config
        self.now = lived.clock.now

    def loquet(self, at: Utc, *words: str, zone: str = "UTC") -> Any:
        """Run a command at that time; what it prints as JSON. The monotonic clock runs on."""
        self.lived.database.engine.dispose()
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        offset_s = round((at - wall_clock()).total_seconds())
        environment = os.environ | {
            "LD_PRELOAD": str(library),
            "FAKETIME": f"{offset_s:+d}s",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": zone,
        }
        command = [sys.executable, "-m", "controller.cli", *words]
        done = subprocess.run(
            [*command, "--config", str(self.config), "--json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.code, self.error = done.returncode, done.stderr
        return json.loads(done.stdout) if done.stdout else None

    def kept(self) -> Kept:
        with self.lived.database.read() as db:
            return Kept(
                db.scalar(select(func.count()).select_from(MemberRow)) or 0,
                db.scalar(select(func.count()).where(EventRow.body.is_not(None))) or 0,
                db.scalar(select(func.count()).where(SessionRow.member_ref.is_not(None))) or 0,
            )


@pytest.fixture
def place(lived: Lived, config: Path) -> Place:
    return Place(lived, config)


def test_two_years_ahead_nothing_is_erased_and_the_restored_backup_has_everybody(
    place: Place, tmp_path: Path, postgres_programs: None
) -> None:
    place.loquet(place.now, "db", "retain")
    before, wrong = place.kept(), Utc.of(place.now + 731 * DAY)
    backup = tmp_path / "before.db"
    place.loquet(place.now, "db", "backup", str(backup))
    for _ in range(3):
        place.loquet(wrong, "db", "retain")
        assert place.code == 1
        assert "loquet clock confirm" in place.error
    assert place.kept() == before
    done = place.loquet(place.now, "db", "restore", str(backup), "--yes")
    assert done["erased_again"] == 0
    assert place.kept() == before
    place.loquet(place.now, "db", "retain")
    assert (place.code, place.kept()) == (0, before)


def test_what_was_erased_by_a_date_that_was_confirmed_comes_back_with_the_backup(
    place: Place, tmp_path: Path, postgres_programs: None
) -> None:
    """Somebody confirms the wrong date, twice: only requests by people are done again."""
    lived, backup = place.lived, tmp_path / "before.db"
    before = place.kept()
    place.loquet(place.now, "db", "backup", str(backup))
    lived.call("POST", f"/members/{lived.ids['ali']}/erase", {"reason": "asked for by letter"})
    for days in (770, 15):
        lived.later(days=days)
        retain(lived.database, RetentionSettings(), now=lived.clock.now)
    assert place.kept().members == 0
    with lived.database.read() as db:
        assert erased_by_people(db) == [lived.ids["ali"]]
    done = place.loquet(place.now, "db", "restore", str(backup), "--yes")
    assert done["erased_again"] == 1
    assert place.kept().members == before.members - 1
    place.loquet(place.now, "db", "retain")
    assert place.code == 0, place.error
    with lived.database.read() as db:
        assert list(db.scalars(select(MemberRow.id))) == [lived.ids["zoe"]]


@pytest.mark.parametrize(
    ("age", "is_kept"),
    [(timedelta(days=89, hours=12), True), (timedelta(days=92), False)],
    ids=["not due", "due"],
)
def test_a_day_ahead_nothing_is_erased_early_and_what_is_due_goes(
    place: Place, age: timedelta, is_kept: bool
) -> None:
    """The newest event is as old as that, by the right clock; the clock is a day ahead."""
    lived, before = place.lived, place.kept()
    with lived.database.read() as db:
        newest = db.scalar(select(func.max(SessionRow.started_at)))
    assert newest is not None
    right = Utc.of(newest + age)
    place.loquet(right, "clock", "confirm", right.date().isoformat())
    for _ in range(2):
        place.loquet(Utc.of(right + DAY), "db", "retain")
        assert place.code == 0, place.error
    kept = place.kept()
    assert (kept.named_sessions > 0) is is_kept
    assert kept.members == before.members


def test_two_years_behind_nothing_goes_somebody_is_told_and_later_all_that_is_due_does(
    place: Place,
) -> None:
    place.loquet(place.now, "db", "retain")
    before = place.kept()
    place.loquet(Utc.of(place.now - 731 * DAY), "db", "retain")
    assert (place.code, place.kept()) == (1, before)
    assert "has already run at a later date" in place.error
    late = Utc.of(place.now + 100 * DAY)
    place.loquet(late, "db", "retain")
    assert place.code == 1, "it was off for a hundred days: it asks"
    place.loquet(late, "clock", "confirm", late.date().isoformat())
    place.loquet(late, "db", "retain")
    assert place.code == 0, place.error
    assert place.kept().named_sessions == 0


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_over_a_change_of_summer_time_the_same_is_due_in_every_zone(place: Place, day: str) -> None:
    """Rows that are a minute older or younger than the period, just before and after the change."""
    lived = place.lived
    change = Utc.parse(f"{day}T01:00:00.000Z")
    minute = timedelta(minutes=1)
    place.loquet(Utc.of(change - DAY), "clock", "confirm", str((change - DAY).date()))
    for minutes in (-61, -1, 1, 61):
        at = Utc.of(change + minutes * minute)
        ages = {"young": 91 * DAY - minute, "old": 91 * DAY + minute}
        with lived.database.write() as db:
            for key, age in ages.items():
                when = Utc.of(at - age)
                db.merge(SeenRow(site_id=SITE, key=f"{key} {minutes}", by="system:test", at=when))
        place.loquet(at, "db", "retain", zone="Europe/Paris")
        assert place.code == 0, place.error
        with lived.database.read() as db:
            assert db.get(SeenRow, (SITE, f"young {minutes}")) is not None
            assert db.get(SeenRow, (SITE, f"old {minutes}")) is None
