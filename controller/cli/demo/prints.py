"""Print jobs at the demo's place, as its printers would have reported them."""

from collections.abc import Iterable
from itertools import cycle

from sqlalchemy import select

from controller.capabilities.print_jobs import settlement
from controller.capabilities.print_jobs.models import Outcome, PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.cli.demo.texts import translate
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.wire.ids import uuid7

_PRINTER = "imprimante"
_AT_MOST = 40
_PARTS: Iterable[tuple[str, float, Outcome]] = (
    ("support-etagere.gcode", 0.35, Outcome.COMPLETED),
    ("engrenage-32-dents.gcode", 0.3, Outcome.COMPLETED),
    ("vase-spirale.gcode", 0.4, Outcome.CANCELLED),
    ("boitier-capteur-co2.gcode", 0.33, Outcome.COMPLETED),
    ("prothese-essai-3.gcode", 0.28, Outcome.FAILED),
)
"""File names, grams per minute, and outcomes."""


def add_prints(database: Database, now: Utc) -> None:
    """Add a print job for each of the printers' last sessions, with its material."""
    actor = Actor.system("demo")
    with database.write() as db:
        uses = select(SessionRow).where(
            SessionRow.access_point_id.startswith(_PRINTER), SessionRow.ended_at.is_not(None)
        )
        latest = db.scalars(uses.order_by(SessionRow.started_at.desc()).limit(_AT_MOST)).all()
        for use, (name, grams_a_minute, outcome) in zip(
            reversed(latest), cycle(_PARTS), strict=False
        ):
            row = _row(use, translate(name), grams_a_minute, outcome, now)
            db.add(row)
            db.flush()
            settlement.settle(db, row, actor=actor, now=now)


def _row(use: SessionRow, name: str, grams_a_minute: float, outcome: Outcome, now: Utc) -> PrintJob:
    minutes = round(use.active_s / 60, 1)
    grams = round(minutes * grams_a_minute, 1)
    return PrintJob(
        id=uuid7(),
        site_id=use.site_id,
        access_point_id=use.access_point_id,
        session_id=use.id,
        member_ref=use.member_ref,
        name=name,
        minutes=minutes,
        grams=grams,
        asked_at=use.started_at or now,
        asked_by="system:demo",
        outcome=outcome,
        used_minutes=minutes,
        used_grams=grams,
        ended_at=use.ended_at,
    )
