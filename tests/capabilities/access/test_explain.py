"""What a tap would be answered is explained from the same facts as the agent's."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller import policy
from controller.capabilities.access import explain
from controller.capabilities.agents.models import AgentState
from controller.capabilities.badges import credentials
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.models import Maintainer, MemberRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.access.decide import decide
from controller.domain.access.decision import DenyReason
from controller.domain.facts import Assurance, Context, Holder, MemberStatus, PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import NotFound
from controller.kernel.shapes import Label
from controller.policy import facts_of
from controller.wire.ids import uuid7
from controller.wire.values import row_value
from tests.capabilities.conftest import BOSS, Place


def answer(db: Session, place: Place, member: str, point: str = "laser-1") -> DenyReason | None:
    found = explain.explain_access(db, member, point, actor=BOSS, now=place.now)
    assert found.granted == (found.reason is None)
    return found.reason


def test_no_because_and_yes_once_certified(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        assert answer(db, place, person.id) is DenyReason.CREDENTIAL_UNKNOWN
        badge = place.badge(db, person.id)
        found = explain.explain_access(db, person.id, "laser-1", actor=BOSS, now=place.now)
        assert found.reason is DenyReason.CERTIFICATION_MISSING
        assert found.detail["certifications"] == (("laser",),)
        assert "Laser" in found.text.fr
        assert "Laser" in found.text.en
        place.certify(db, person.id, "laser")
        assert answer(db, place, person.id) is None
        credentials.mark_lost(db, badge, actor=BOSS, now=place.now)
        assert answer(db, place, person.id) is DenyReason.CREDENTIAL_LOST
        place.badge(db, person.id)
        assert answer(db, place, person.id) is None
        access_points.set_service(
            db, "laser-1", in_service=False, reason="lens", actor=BOSS, now=place.now
        )
        assert answer(db, place, person.id) is DenyReason.OUT_OF_SERVICE


def test_every_point_of_the_site_is_answered(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.badge(db, person.id)
        found = explain.decisions_of_member(db, person.id, actor=BOSS, now=place.now)
        assert [(verdict.point.id, verdict.decision.granted) for verdict in found] == [
            ("door-1", True),
            ("laser-1", False),
        ]


def test_a_machine_that_somebody_holds_is_in_use(place: Place) -> None:
    with place.database.write() as db:
        person, other = place.member(db), place.member(db, "Other")
        for member in (person, other):
            place.badge(db, member.id)
            place.certify(db, member.id, "laser")
        held = SessionRow(
            id=uuid7(),
            site_id="here",
            agent_id="pi",
            access_point_id="laser-1",
            member_ref=db.get_one(MemberRow, other.id).ref,
            started_at=place.now,
            active_s=0,
            idle_s=0,
            powered_s=0,
            gap_s=0,
        )
        db.add_all(
            [
                held,
                AgentState(
                    agent_id="pi",
                    online=True,
                    connection=1,
                    protocols=[],
                    epoch=1,
                    policy_version=1,
                    seen_at=place.now,
                ),
                PointStateRow(
                    access_point_id="laser-1",
                    agent_id="pi",
                    state="running",
                    since=place.now,
                    session_id=held.id,
                    available=False,
                    received_at=place.now,
                    warning=False,
                    faults=[],
                ),
            ]
        )
        db.flush()
        assert answer(db, place, person.id) is DenyReason.IN_USE
        assert answer(db, place, other.id) is None


def test_the_facts_are_those_that_agents_get(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.badge(db, person.id)
        place.certify(db, person.id, "laser")
    with place.database.read() as db:
        page = policy.rows_since(db, "here", 0, None, 1_000_000)
        sent = {(row.table, row.key): row_value(row) for row in page.rows}
        point = facts_of.point(db, "here", "laser-1", place.now)
        assert point == sent["point", "laser-1"]
        best = facts_of.best_holder(db, person.id, "here", place.now)
        assert best in sent.values()
        site = facts_of.site(db, "here", place.now)
        for table, facts in (
            ("zone", site.zones),
            ("plan", site.plans),
            ("schedule", site.schedules),
            ("certification", site.certifications),
        ):
            assert facts == {key: value for (name, key), value in sent.items() if name == table}
        tap = Context(assurance=Assurance.UID, clock_trusted=True, policy_age_s=0.0)
        assert isinstance(best, Holder)
        assert decide(best, point, site, place.now, tap).granted


def test_the_best_badge_is_one_that_works(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        good, ended = place.badge(db, person.id), place.badge(db, person.id)
        before = Utc.of(place.now - timedelta(days=1))
        patch = {"assurance": "aes", "valid_until": before.text()}
        credentials.change(db, ended, patch, version=None, actor=BOSS, now=place.now)
        best = facts_of.best_holder(db, person.id, "here", place.now)
        assert best is not None
        assert best.assurance is Assurance.UID
        credentials.suspend(db, good, actor=BOSS, now=place.now)
        best = facts_of.best_holder(db, person.id, "here", place.now)
        assert best is not None
        assert best.assurance is Assurance.AES


def test_a_suspended_member_is_told_so(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.badge(db, person.id)
        members.change(
            db,
            person.id,
            {"status": MemberStatus.SUSPENDED},
            version=None,
            actor=BOSS,
            now=place.now,
        )
        assert answer(db, place, person.id, "door-1") is DenyReason.MEMBER_SUSPENDED


def test_who_may_not_see_the_person_is_not_told(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        self = place.account(db, "amina", Role.MEMBER, member_id=person.id)
        assert explain.decisions_of_member(db, person.id, actor=self, now=place.now)
        with pytest.raises(NotFound):
            explain.explain_access(
                db, person.id, "laser-1", actor=Actor(ref="account:x"), now=place.now
            )
        with pytest.raises(NotFound):
            explain.explain_access(db, person.id, "none", actor=BOSS, now=place.now)


def test_machines_that_are_alike_are_told_apart_by_a_booking_and_by_who_maintains_them(
    place: Place,
) -> None:
    with place.database.write() as db:
        person, other = place.member(db), place.member(db, "Other")
        place.badge(db, person.id)
        for key in ("saw-1", "saw-2", "saw-3"):
            new = NewAccessPoint(
                id=key, kind=PointKind.MACHINE, name=Label(fr=key), zone_id="workshop"
            )
            access_points.create(db, new, actor=BOSS, now=place.now)
        db.add(Maintainer(member_id=person.id, access_point_id="saw-2"))
        booking = BookingRow(
            id=uuid7(),
            site_id="here",
            access_point_id="saw-2",
            member_id=other.id,
            starts_at=place.now,
            ends_at=Utc.of(place.now + timedelta(hours=1)),
            created_at=place.now,
            created_by=BOSS.ref,
        )
        db.add(booking)
        db.flush()
        found = explain.decisions_of_member(db, person.id, actor=BOSS, now=place.now)
        assert [
            (verdict.point.name.fr, verdict.decision.reason)
            for verdict in found
            if verdict.point.id.startswith("saw")
        ] == [
            ("saw-1", DenyReason.OUT_OF_SERVICE),
            ("saw-2", DenyReason.BOOKED_BY_OTHER),
            ("saw-3", DenyReason.OUT_OF_SERVICE),
        ]
