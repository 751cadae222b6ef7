"""A year of a place in its books: 5,000 people and 300,000 sessions, the same each time."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.billing import tariffs
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members.models import MemberRow
from controller.capabilities.statistics.models import (
    Genre,
    PersonTraits,
    StatutSocial,
    TrancheAge,
    Visitor,
)
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Language, MemberStatus, PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.kernel.shapes import Label
from controller.policy.reading import chunks
from controller.wire.ids import uuid7

PARIS = ZoneInfo("Europe/Paris")
SYSTEM = Actor.system("test")
MACHINES = tuple(f"machine-{number}" for number in range(10))


def fill(
    database: Database, site: str, year: int, *, people: int, sessions: int, days: int = 365
) -> None:
    """Machines with a price from the first of January on, and who used them; nothing is charged."""
    now = Utc.of(datetime(year, 1, 1, tzinfo=PARIS))
    with database.write() as db:
        _machines(db, site, now)
        refs = _people(db, site, people, now)
        chance = random.Random(12)
        for some in chunks(_sessions(site, refs, sessions, now, chance, days)):
            db.execute(insert(SessionRow), some)


def came(db: Session, site: str) -> None:
    """Whoever used a machine in a month came in it, as the desk noted; every fifth said something
    of themselves."""
    used = {
        (f"{at.astimezone(PARIS):%Y-%m}", ref)
        for ref, at in db.execute(select(SessionRow.member_ref, SessionRow.started_at))
        if ref and at
    }
    desk = {"site_id": site, "public": "", "by_event": False, "by_desk": 1}
    desk["traits_counted"] = False
    for seen in chunks(desk | {"month": month, "ref": ref} for month, ref in sorted(used)):
        db.execute(insert(Visitor), seen)
    said: dict[str, object] = {"genre": Genre.FEMININ, "commune": "Béthune", "asked_by": "test"}
    said |= {"tranche_age": TrancheAge.DIX_HUIT_VINGT_QUATRE, "since": "2000-01"}
    said["statut_social"] = StatutSocial.EN_EMPLOI
    people = db.execute(select(MemberRow.id, MemberRow.created_at)).all()
    told = (said | {"member_id": row.id, "consented_at": row.created_at} for row in people[::5])
    for some in chunks(told):
        db.execute(insert(PersonTraits), some)


def _machines(db: Session, site: str, now: Utc) -> None:
    db.add(AgentRow(id="pi", site_id=site, name={"en": "Pi"}, created_at=now))
    db.flush()
    for key in MACHINES:
        new = NewAccessPoint(
            id=key, kind=PointKind.MACHINE, name=Label(fr=key), agent_id="pi", site_id=site
        )
        access_points.create(db, new, actor=SYSTEM, now=now)
    rates = tuple(
        MachineRate(access_point=key, price_cents=100, minimum_cents=200, day_cap_cents=1500)
        for key in MACHINES
    )
    began = date(now.astimezone(PARIS).year, 1, 1)
    new_tariff = NewTariff(
        valid_from=began, decision="2026-1", rates=rates, site_id=site, vat_permille=200
    )
    tariffs.create(db, new_tariff, actor=SYSTEM, now=now)


def _people(db: Session, site: str, number: int, now: Utc) -> list[str]:
    refs = [uuid7() for _ in range(number)]
    rows = [
        {
            "id": uuid7(),
            "ref": ref,
            "site_id": site,
            "display_name": f"Personne {place:04d}",
            "language": Language.FR,
            "categories": [],
            "aids": [],
            "status": MemberStatus.ACTIVE,
            "created_at": now,
            "row_version": 1,
        }
        for place, ref in enumerate(refs)
    ]
    for some in chunks(rows):
        db.execute(insert(MemberRow), some, execution_options={"policy_invalidated": True})
    return refs


def _sessions(
    site: str, refs: list[str], number: int, start: Utc, chance: random.Random, days: int
) -> Iterator[dict[str, Any]]:
    for place in range(number):
        at = start + timedelta(minutes=1440 * days * place / number)
        seconds = 60.0 * chance.randint(1, 90)
        yield {
            "id": uuid7(),
            "site_id": site,
            "agent_id": "pi",
            "access_point_id": chance.choice(MACHINES),
            "member_ref": chance.choice(refs),
            "started_at": Utc.of(at),
            "ended_at": Utc.of(at + timedelta(seconds=seconds)),
            "active_s": seconds,
            "idle_s": 0.0,
            "powered_s": seconds,
            "gap_s": 0.0,
            "cause": "badge_out",
        }
