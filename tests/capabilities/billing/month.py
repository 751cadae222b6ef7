"""A month at the place, for the tests of its books: sessions as the hub would have told them."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.billing import tariffs
from controller.capabilities.billing.book_updates import FAILING, catch_up
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import ArticleRate, MachineRate, PassRate, Rate
from controller.capabilities.billing.shapes import NewTariff, Tariff
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.outbox import post_news
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, NOW, Place

OCTOBER, NOVEMBER = "2026-10", "2026-11"
RATES: tuple[Rate, ...] = (
    MachineRate(access_point="laser-1", price_cents=100, minimum_cents=200, day_cap_cents=1000),
    PassRate(plan_id="atelier", units=10, price_cents=3600),
    ArticleRate(id="plywood", name=Label(fr="Contreplaqué"), price_cents=400),
)


def set_tariff(
    place: Place,
    *rates: Rate,
    since: date = date(2026, 10, 1),
    decision: str = "2026-61",
    vat: int = 0,
) -> Tariff:
    new = NewTariff(
        valid_from=since, decision=decision, rates=rates or RATES, vat_permille=vat, site_id="here"
    )
    with place.database.write() as db:
        return tariffs.create(db, new, actor=BOSS, now=place.now)


def somebody(place: Place, name: str = "Amina Diallo") -> tuple[str, str]:
    """A member; id and reference."""
    with place.database.write() as db:
        key = place.member(db, name, plan=None).id
        return key, db.get_one(MemberRow, key).ref


def ended(db: Session, ref: str, minutes: float, *, ago_days: float = 1, **fields: Any) -> str:
    """A session has ended, and it is told."""
    start = Utc.of(NOW - timedelta(days=ago_days))
    ms = minutes * 60
    made: dict[str, Any] = {"id": uuid7(), "active_s": ms, "powered_s": ms, "cause": "badge_out"}
    row = SessionRow(
        **{
            "site_id": "here",
            "agent_id": "pi",
            "access_point_id": "laser-1",
            "member_ref": ref,
            "started_at": start,
            "ended_at": Utc.of(start + timedelta(minutes=minutes)),
            "idle_s": 0.0,
            "gap_s": 0.0,
            "end_told_at": NOW,
            **made,
            **fields,
        }
    )
    db.add(row)
    db.flush()
    post_news(db, SessionNews(site="here", key=row.id))
    return row.id


def follow(place: Place) -> None:
    """The books are brought up to date."""
    catch_up(place.database, "here", place.now)


def failing(place: Place) -> list[str]:
    """The references that stand in alarms which are not over."""
    with place.database.read() as db:
        rows = select(Alarm).where(Alarm.kind == FAILING, Alarm.cleared_at.is_(None))
        return [row.detail["ref"] for row in db.scalars(rows)]


def owed(database: Database, **by: str) -> int:
    """What all charges come to, of a month or a source."""
    with database.read() as db:
        total = select(func.sum(ChargeRow.amount_cents)).filter_by(**by)
        return int(db.scalar(total) or 0)
