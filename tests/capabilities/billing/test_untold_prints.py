"""Material that a printer used, of which nobody asked for the print, or nobody had tapped."""

from datetime import timedelta
from typing import Any

import pytest

from controller.capabilities.billing import points, statements
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.points import Point, ReviewReason
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.print_jobs import print_jobs, settlement
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.print_jobs.shapes import NewPrintJob
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.billing.month import NOVEMBER, ended, follow, owed, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place

FILAMENT = ArticleRate(
    id="fil", name=Label(fr="Fil"), price_cents=5, unit=Unit.GRAM, access_point="laser-1"
)
DONE = {"outcome": "completed", "used_minutes": 470.0, "used_grams": 898.0}


def shown(place: Place) -> list[Point]:
    with place.database.read() as db:
        sums = statements.sums(db, "here", NOVEMBER, actor=BOSS, now=place.now)
        every = points.before_closing(db, "here", NOVEMBER, sums, place.now)
    untold = ReviewReason.UNTOLD, ReviewReason.NOBODYS_PRINT
    return [point for point in every if point.missing in untold]


def printed(place: Place, ago_h: float, end: dict[str, Any] = DONE) -> str:
    """A print that began so long before now, without a question, and is reported."""
    new = NewPrintJob(access_point="laser-1", name="vase.gcode", grams=900)
    with place.database.write() as db:
        ago_s = int(ago_h * 3600)
        job = print_jobs.create(db, new, actor=BOSS, now=place.now, asked_s_ago=ago_s)
        print_jobs.change(db, job.id, end, version=None, actor=BOSS, now=place.now)
        settlement.settle_late(db, place.now)
    follow(place)
    return job.id


@pytest.mark.parametrize("is_priced", [True, False])
def test_a_print_for_which_nobody_had_tapped_is_a_point_to_check(
    place: Place, is_priced: bool
) -> None:
    if is_priced:
        set_tariff(place, FILAMENT)
    job = printed(place, 9)
    printed(place, 5, {"outcome": "not_started"})
    items = [point.item for point in shown(place)]
    assert [(it.id, it.grams) for it in items if it] == ([(job, 898.0)] if is_priced else [])
    assert owed(place.database) == 0


def test_its_box_may_report_until_the_print_has_ended_whose_it_was(place: Place) -> None:
    set_tariff(place, FILAMENT)
    member, ref = somebody(place)
    new = NewPrintJob(access_point="laser-1", name="vase.gcode", grams=900)
    with place.database.write() as db:
        job = print_jobs.create(db, new, actor=BOSS, now=place.now, asked_s_ago=3600)
    assert shown(place) == []
    with place.database.write() as db:
        ended(db, ref, 480, ago_days=0.1)
        print_jobs.change(db, job.id, DONE, version=None, actor=BOSS, now=place.now)
    assert owed(place.database, source_id=job.id, member_id=member) == 4490
    assert shown(place) == []


def test_a_use_in_which_a_printer_worked_and_reported_no_print_is_a_point_to_check(
    place: Place,
) -> None:
    """Not its warming up, nor before it reported any print, nor while another's print ends."""
    set_tariff(place, FILAMENT)
    _member, ref = somebody(place)

    def asked(db: Any, session: str, days: float, **end: Any) -> None:
        at = Utc.of(place.now - timedelta(days=days))
        ids = {"id": uuid7(), "site_id": "here", "access_point_id": "laser-1"}
        db.add(PrintJob(session_id=session, asked_at=at, asked_by=BOSS.ref, **ids, **end))

    told: dict[str, Any] = {"outcome": "completed", "used_grams": 5.0}
    with place.database.write() as db:
        ended(db, ref, 480, ago_days=9)  # no print server then
        for days in (8, 1):
            end = {"ended_at": Utc.of(place.now - timedelta(days=days - 0.4))}
            asked(db, ended(db, ref, 480, ago_days=days), days, **told, **end)
        ended(db, ref, 60, ago_days=0.7)  # the former print is still in it
        ended(db, ref, 480, ago_days=7, active_s=1700.0)
        ended(db, ref, 480, ago_days=6, access_point_id="laser-2")
        worked = [ended(db, ref, 480, ago_days=days) for days in (5, 4)]
        asked(db, worked[1], 4, outcome="not_started")
    follow(place)
    items = [point.item for point in shown(place)]
    assert [(it.id, it.worked_s) for it in items if it] == [(key, 28_800.0) for key in worked]
