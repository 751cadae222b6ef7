"""What reports are made of, and whether a database is sound."""

from typing import Any

from sqlalchemy import func, select

from controller.capabilities.presence.models import Occupancy
from controller.capabilities.usage.models import SessionRow
from controller.hub.hash_chain import verify
from controller.hub.rebuild import rebuild
from controller.kernel import audit
from controller.kernel.journal import EventRow
from controller.policy import check_policy
from tests.capabilities.privacy.lived import Lived
from tests.hub.order import dump


def totals(lived: Lived) -> dict[str, Any]:
    """What reports are made of, to the second."""
    months = lived.call("GET", "/reports/usage?month=2026-03")["items"]
    course = lived.call("GET", f"/course-sessions/{lived.ids['course session']}")
    with lived.database.read() as db:
        quarters = db.execute(
            select(Occupancy.zone_id, Occupancy.quarter, Occupancy.peak, Occupancy.entries)
        ).all()
        sums = [
            func.sum(getattr(SessionRow, f"{name}_s")) for name in ("active", "idle", "powered")
        ]
        seconds = db.execute(select(func.count(), *sums).select_from(SessionRow)).one()
        events = db.execute(
            select(EventRow.type, EventRow.point_no, func.count())
            .group_by(EventRow.type, EventRow.point_no)
            .order_by(EventRow.type, EventRow.point_no)
        ).all()
    return {
        "usage": months,
        "enrolled": course["enrolled"],
        "quarters": sorted(map(tuple, quarters)),
        "seconds": tuple(seconds),
        "events": [tuple(event) for event in events],
    }


def assert_sound(lived: Lived) -> None:
    """Chains hold, the policy is what the facts say, and projections are what events say."""
    with lived.database.write() as db:
        assert audit.verify(db) is None
        assert list(verify(db)) == []
        assert not (found := check_policy(db, lived.clock.now)), found
        before = dump(lived.database)
        assert rebuild(db) == []
    assert dump(lived.database) == before
