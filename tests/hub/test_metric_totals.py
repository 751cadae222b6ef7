"""What is counted of events for the metrics: each once, however often it is sent."""

from typing import Any

from sqlalchemy import select

from controller.capabilities.metrics.models import DecisionTotal, EventTotal
from controller.domain.access.decision import DenyReason
from controller.wire.events import AccessDenied, AccessGranted
from tests.hub.conftest import NOW, Place
from tests.hub.fake_agent import START
from tests.hub.world import SITE

JUST_NOW_S = (NOW - START).total_seconds() - 2


def decisions(place: Place) -> dict[tuple[str, str], int]:
    with place.world.database.read() as db:
        rows = db.scalars(select(DecisionTotal).where(DecisionTotal.site_id == SITE))
        return {(row.access_point_id, row.reason): row.taps for row in rows}


def events(place: Place) -> dict[str, tuple[int, int, int]]:
    with place.world.database.read() as db:
        rows = db.scalars(select(EventTotal).where(EventTotal.site_id == SITE))
        return {row.type: (row.stored, row.on_time, row.way_ms) for row in rows}


def tap(place: Place, kind: type[Any], at_s: float = 0.0, **fields: Any) -> None:
    place.agent.record(kind, at_s=at_s, **fields)


def test_taps_are_counted_by_point_and_answer(place: Place) -> None:
    laser, other = place.agent.points
    tap(place, AccessGranted)
    tap(place, AccessGranted, access_point=other)
    tap(place, AccessDenied, reason=DenyReason.CREDENTIAL_UNKNOWN)
    tap(place, AccessDenied, reason=DenyReason.CREDENTIAL_UNKNOWN)
    place.send(place.agent.batch())
    assert decisions(place) == {(laser, ""): 1, (other, ""): 1, (laser, "credential_unknown"): 2}


def test_what_is_sent_again_counts_once(place: Place) -> None:
    tap(place, AccessGranted)
    place.send(place.agent.batch(), place.agent.batch())
    place.send(place.agent.batch())
    tap(place, AccessGranted, at_s=1.0)
    place.send(place.agent.batch())
    laser, _ = place.agent.points
    assert decisions(place) == {(laser, ""): 2}
    assert events(place)["access_granted"][0] == 2


def test_only_the_way_of_events_on_time_is_measured(place: Place) -> None:
    tap(place, AccessGranted)  # an hour ago, in a journal since
    tap(place, AccessGranted, at_s=JUST_NOW_S)
    place.send(place.agent.batch())
    assert events(place)["access_granted"] == (2, 1, 2000)
