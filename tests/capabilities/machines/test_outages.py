"""When a machine was out of service, as the audit tells it."""

from datetime import timedelta

from controller.capabilities.machines import access_points
from controller.capabilities.machines.outages import outages
from controller.domain.time import Utc
from tests.capabilities.conftest import BOSS, Place


def test_an_outage_lasts_from_the_first_reason_until_it_is_back(place: Place) -> None:
    def ago(hours: float) -> Utc:
        return Utc.of(place.now - timedelta(hours=hours))

    changes = ((50, "old"), (40, None), (10, "lens"), (8, "tube"), (5, None), (2, "dust"))
    with place.database.write() as db:
        for hours, reason in changes:
            access_points.set_service(
                db, "laser-1", in_service=reason is None, reason=reason, actor=BOSS, now=ago(hours)
            )
    with place.database.read() as db:
        found = outages(db, "laser-1", ago(45), actor=BOSS, now=place.now)
        later = outages(db, "laser-1", ago(4), actor=BOSS, now=place.now)
    spans = [(outage.start, outage.end, outage.reason) for outage in found]
    assert spans == [
        (ago(45), ago(40), "old"),
        (ago(10), ago(5), "tube"),
        (ago(2), place.now, "dust"),
    ]
    assert [outage.reason for outage in later] == ["dust"]
