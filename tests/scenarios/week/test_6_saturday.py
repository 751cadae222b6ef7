"""Saturday: a course of eight, of whom six pass, and are certified with one action."""

import re
import zlib
from typing import Any

import pytest

from devices.ports import Flash
from tests.scenarios.week.course import KARIM, laser_dates, laser_trainer, laser_trainer_id, student
from tests.scenarios.week.people import certify
from tests.scenarios.week.place import SAT, Week
from tests.scenarios.week.seen import power, tap

pytestmark = pytest.mark.needs("mosquitto")

_STUDENTS = (
    "Aline Roy",
    "Basile Faure",
    "Chloé Henry",
    "Dina Haddad",
    "Elias Weber",
    "Fanny Colin",
    "Gaël Perrin",
    "Hugo Vidal",
)


def test_a_course_of_eight_of_whom_six_pass(week: Week) -> None:
    karim = laser_trainer(week)
    session = f"/course-sessions/{laser_dates(week)['saturday']}"
    week.it_is(SAT, "09:30")
    ids = [item["member_id"] for item in karim.get(f"{session}/enrolments")["items"]]
    for name in _STUDENTS[len(ids) :]:
        ids.append(student(week, name).id)
        enrolled = karim.post(f"{session}/enrolments", {"member_id": ids[-1]})
        assert enrolled["status"] == "enrolled"
    late = student(week, "Iris Noël")
    one_more = karim.post(f"{session}/enrolments", {"member_id": late.id})
    assert one_more["status"] == "waiting"  # eight places
    names = [item["name"] for item in _enrolled(week, session)]
    badges = {name: week.badge_of(name) for name in names}
    assert len(names) == 8

    week.it_is(SAT, "10:05", hub=False)
    absent, to_review, passed = names[0], names[1], names[2:]
    for name in (to_review, *passed):
        there = karim.post(f"{session}/attendance", {"badge": badges[name]})
        assert there["attended_at"] >= week.moment(SAT, "10:05").text()
    sheet = karim.file(f"{session}/attendance-sheet")
    assert all(name.encode("cp1252") in _text(sheet) for name in names)

    week.it_is(SAT, "10:30")
    shown_by = _uses_laser(week, week.badge_of(KARIM), laser_trainer_id(week))
    assert f"/course-sessions/{shown_by['course_session_id']}" == session  # booked to the course
    lila = student(week, "Lila Morel")
    certify(week, lila.id, "laser")
    week.in_step("machines")
    assert _uses_laser(week, lila.badge, lila.id)["course_session_id"] is None  # she is not in it

    week.it_is(SAT, "12:05")
    member = {item["name"]: item["member_id"] for item in _enrolled(week, session)}
    outcomes = {absent: "absent", to_review: "to_review", **dict.fromkeys(passed, "passed")}
    for name, outcome in outcomes.items():
        karim.put(f"{session}/outcomes/{member[name]}", {"outcome": outcome})
    week.in_step("machines")
    assert tap(week, "laser", badges[passed[0]]).reason == "certification_missing"  # not yet
    certified = karim.post(f"{session}/certify")
    assert set(certified["certified"]) == {member[name] for name in passed}
    assert certified["refused"] == []
    assert karim.post(f"{session}/certify")["certified"] == []  # once is enough

    week.in_step("machines")
    for name in passed:
        used = _uses_laser(week, badges[name], member[name])
        assert used["course_session_id"] is None  # on her own account, from now on
    for name in (to_review, absent):
        assert tap(week, "laser", badges[name]).reason == "certification_missing"

    papers = f"{session}/certificates"
    for name in (to_review, *passed):
        paper = _text(karim.file(f"{papers}/{member[name]}"))
        assert name.encode("cp1252") in paper
        assert "Attestation de présence".encode("cp1252") in paper
        assert "Prendre en main la découpe laser".encode("cp1252") in paper
    assert karim.call("GET", f"{papers}/{member[absent]}").status == 409
    held = week.manager.get(f"/members/{member[passed[0]]}/certifications/laser")
    assert (held["level"], held["granted_by_name"]) == ("user", "Karim Benali")


def _uses_laser(week: Week, badge: str, member: str) -> dict[str, Any]:
    """Somebody taps on, and off again: the session that this made."""
    tap(week, "laser", badge).shown(Flash.GRANTED, "Bienvenue, c’est à vous")
    power(week, "laser", closed=True)
    tap(week, "laser", badge)
    power(week, "laser", closed=False)

    def ended() -> list[dict[str, Any]]:
        sessions = week.manager.all("/sessions", access_point="laser")
        return [
            session
            for session in sessions
            if session["member_id"] == member and session["ended_at"]
        ]

    week.running.wait_for(ended)
    [session] = ended()
    return session


def _enrolled(week: Week, session: str) -> list[dict[str, str]]:
    listed = laser_trainer(week).get(f"{session}/enrolments")["items"]
    return [item for item in listed if item["status"] == "enrolled"]


def _text(pdf: bytes) -> bytes:
    """The drawing instructions of its pages, which hold the text."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return b"".join(zlib.decompress(stream) for stream in streams if stream[:1] == b"\x78")
