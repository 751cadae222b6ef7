"""The end of a print that is reported after its material was charged."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.billing import points, statements
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.review_points import ReviewReason
from controller.capabilities.billing.shapes import CloseMonth
from controller.capabilities.print_jobs import print_jobs, settlement
from controller.capabilities.print_jobs.models import PrintJob
from controller.domain.time import Utc
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.billing.month import (
    NOVEMBER,
    OCTOBER,
    ended,
    follow,
    owed,
    set_tariff,
    somebody,
)
from tests.capabilities.conftest import BOSS, Place

FILAMENT = ArticleRate(
    id="fil", name=Label(fr="Fil"), price_cents=5, unit=Unit.GRAM, access_point="laser-1"
)
DECEMBER = "2026-12"
NOUGHT = {"outcome": "cancelled", "used_minutes": 0.0, "used_grams": 0.0}
TENTH = {"outcome": "cancelled", "used_minutes": 47.0, "used_grams": 90.0}


@pytest.mark.parametrize("is_closed", [False, True])
@pytest.mark.parametrize(
    ("noted", "end", "cents"),
    [(900.0, NOUGHT, 4500), (900.0, TENTH, 4500), (None, NOUGHT, 4500), (None, TENTH, 450)],
)
def test_a_late_end_overrules_nobody_and_is_in_the_audit(
    place: Place, noted: float | None, end: dict[str, object], cents: int, is_closed: bool
) -> None:
    """What was charged as expected is corrected, with a point in the month that is open."""
    set_tariff(place, FILAMENT)
    _key, ref = somebody(place)
    asked = Utc.of(place.now - timedelta(days=9))
    with place.database.write() as db:
        job = PrintJob(
            id=uuid7(),
            site_id="here",
            access_point_id="laser-1",
            session_id=ended(db, ref, 480, ago_days=9),
            grams=None if noted else 900.0,
            minutes=470,
            asked_at=asked,
            asked_by=BOSS.ref,
        )
        db.add(job)
        db.flush()
        key = job.id
        settlement.settle_late(db, place.now)
        if noted:
            print_jobs.note_weight(db, key, noted, actor=BOSS, now=place.now)
    follow(place)
    assert owed(place.database, source_id=key) == 4500
    place.clock.forward(hours=1)
    month = NOVEMBER
    if is_closed:
        place.clock.now, month = Utc.parse("2026-12-03T10:00:00.000Z"), DECEMBER
        with place.database.write() as db:
            for past in (OCTOBER, NOVEMBER):
                close = CloseMonth(month=past, site_id="here")
                statements.close(db, close, actor=BOSS, now=place.now)
    with place.database.write() as db:
        print_jobs.change(db, key, end, version=None, actor=BOSS, now=place.now)
    follow(place)
    assert owed(place.database, source_id=key) == cents
    with place.database.read() as db:
        sums = statements.sums(db, "here", month, actor=BOSS, now=place.now)
        shown = [it.missing for it in points.before_closing(db, "here", month, sums, place.now)]
        actions = list(db.scalars(select(AuditEntry.action)))
    assert actions.count("print_end_late") == 1
    assert shown.count(ReviewReason.LESS_PRINTED) == (cents == 450)
