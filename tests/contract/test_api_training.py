"""The HTTP contract of interfaces.md for courses and bookings, on a running place."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.api_shapes import assert_problem, member
from tests.support.running_place import RunningPlace

__all__ = ["member"]

pytestmark = pytest.mark.needs("mosquitto")


def later(days: float, hours: float = 0) -> str:
    """A time to come."""
    moment = datetime.now(UTC) + timedelta(days=days, hours=hours)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_courses_sessions_enrolments_and_certifying_all(
    place: RunningPlace, member: dict[str, Any]
) -> None:
    place.make("/certifications", {"id": "wood-lathe", "name": {"en": "Wood lathe"}})
    course = place.make(
        "/courses", {"id": "wood", "name": {"en": "Wood"}, "grants": ["wood-lathe"]}
    )
    assert {"id", "name", "grants", "requires"} <= course.keys()
    times = {"starts_at": later(1), "ends_at": later(1, 2)}
    session = place.make("/course-sessions", {"course_id": "wood", "places": 1, **times})
    fields = "id course_id kind starts_at ends_at places theme headcount"
    assert set(fields.split()) <= session.keys()
    path, other = f"/course-sessions/{session['id']}", place.make("/members", {"display_name": "B"})
    for who, status in ((member, "enrolled"), (other, "waiting")):
        assert place.make(f"{path}/enrolments", {"member_id": who["id"]})["status"] == status
    early = place.call("PUT", f"{path}/outcomes/{member['id']}", {"outcome": "passed"})
    assert_problem(early, 409)
    begun = {"starts_at": later(0, -1)}
    version = {"If-Match": place.call("GET", path).headers["ETag"]}
    assert place.call("PATCH", path, begun, version).status == 200
    for outcome in ("to_review", "passed"):
        noted = place.call("PUT", f"{path}/outcomes/{member['id']}", {"outcome": outcome})
        assert (noted.status, noted.json["outcome"]) == (200, outcome)
    done = place.call("POST", f"{path}/certify", {})
    assert (done.status, done.json) == (200, {"certified": [member["id"]], "refused": []})
    sheet = place.call("GET", f"{path}/attendance-sheet")
    assert (sheet.kind, sheet.body[:5]) == ("application/pdf", b"%PDF-")


def test_a_booking_that_is_taken_is_409(place: RunningPlace, member: dict[str, Any]) -> None:
    points = place.listed("/access-points")
    machine = next(point["id"] for point in points if point["kind"] == "machine")
    new = {
        "member_id": member["id"],
        "access_point": machine,
        "starts_at": later(9),
        "ends_at": later(9, 1),
    }
    made = place.make("/bookings", new)
    assert {"id", "member_id", "access_point", "zone_id", "starts_at", "ends_at"} <= made.keys()
    assert_problem(place.call("POST", "/bookings", new), 409)
    assert place.call("POST", f"/bookings/{made['id']}/cancel", {}).status == 200
    place.make("/bookings", new)
