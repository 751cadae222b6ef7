"""What the place cuts is not charged; who cuts the power of their own machine pays for its use."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import TokenRow
from controller.capabilities.agents.models import AgentState
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.groups import groups
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.groups.shapes import GroupBadge
from controller.capabilities.machines import device_commands
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.shapes import NewCourseSession
from controller.capabilities.usage import missing_ends, projection
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.models import AuditEntry
from controller.kernel.outbox import post_news
from controller.kernel.projections import StoredEvent
from controller.kernel.shapes import Label
from controller.wire.events import SessionEnded, SessionStarted
from controller.wire.ids import uuid7
from tests.capabilities.billing.month import ended, follow, owed, set_tariff
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.groups.test_groups import come
from tests.capabilities.machines.commands import online


def in_use(db: Session, place: Place, ref: str, organisation: str | None) -> str:
    """Somebody uses the laser, whose agent hears commands."""
    online(db)
    open_still = {"ended_at": None, "cause": None, "organisation_id": organisation}
    return ended(db, ref, 20, ago_days=0, **open_still)


def cut(place: Place, key: str) -> None:
    """The agent tells that staff cut it, after 20 minutes."""
    with place.database.write() as db:
        row = db.get_one(SessionRow, key)
        row.ended_at, row.cause = Utc.of(place.now + timedelta(minutes=20)), "cut_by_staff"
        post_news(db, SessionNews(site=place.site, key=key))
    follow(place)


@pytest.mark.parametrize(
    ("whose", "costs"), [("own", 200), ("own organisation's", 200), ("somebody's", 0)]
)
def test_who_cuts_their_own_use_pays_for_it(place: Place, whose: str, costs: int) -> None:
    set_tariff(place)
    with place.database.write() as db:
        own, other = place.member(db, "Karim").id, place.member(db, "Zoé").id
        new = NewOrganisation(name=Label(fr="Récup’Art"), site_id=place.site)
        club = organisations.create(db, new, actor=BOSS, now=place.now).id
        patch = {"organisations": [club]}
        members.change(db, own, patch, version=None, actor=BOSS, now=place.now)
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        user = db.get_one(MemberRow, own if whose == "own" else other).ref
        key = in_use(db, place, user, club if whose == "own organisation's" else None)
        device_commands.cut_power(db, "laser-1", actor=karim, now=place.now)
    cut(place, key)
    assert owed(place.database, source_id=key) == costs
    with place.database.read() as db:
        asked = select(AuditEntry.actor).where(
            AuditEntry.action == "cut_power_asked", AuditEntry.subject == "access_point:laser-1"
        )
        assert db.scalars(asked).all() == [karim.ref]


@pytest.mark.parametrize(
    ("maker", "known", "costs"),
    [("own", False, 200), ("token", False, 200), ("own", True, 0), ("boss", False, 0)],
)
def test_nor_is_the_use_of_a_second_record_free(
    place: Place, maker: str, known: bool, costs: int
) -> None:
    """One that the desk made, and with which nobody else has had to do."""
    set_tariff(place)
    with place.database.write() as db:
        own = place.member(db, "Karim").id
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        assert karim.account_id is not None
        permissions = HOUSE.permissions
        made, _secret = tokens.add(db, karim.account_id, "t", permissions, place.now, BOSS)
        by = {"own": karim, "token": replace(karim, ref=f"token:{made.id}"), "boss": BOSS}[maker]
        new = NewMember(display_name="D. Martin", site_id=place.site)
        other = members.create(db, new, actor=by, now=place.now).id
        if known:
            zoe = place.account(db, "zoe", Role.MANAGER)
            members.change(
                db, other, {"display_name": "D. M."}, version=None, actor=zoe, now=place.now
            )
    with place.database.write() as db:
        key = in_use(db, place, db.get_one(MemberRow, other).ref, None)
        device_commands.cut_power(db, "laser-1", actor=karim, now=place.now)
    cut(place, key)
    assert owed(place.database, source_id=key) == costs


@pytest.mark.parametrize(
    ("maker", "lender", "costs"),
    [("karim", None, 200), ("zoe", "karim", 200), ("karim", "zoe", 200), ("zoe", None, 0)],
)
def test_nor_is_the_use_of_a_group_free_that_it_made_or_lent_a_badge(
    place: Place, maker: str, lender: str | None, costs: int
) -> None:
    set_tariff(place)
    with place.database.write() as db:
        desk = {name: place.account(db, name, Role.DESK) for name in ("karim", "zoe")}
        group = come(db, place, desk[maker])
        if lender:
            badge = GroupBadge(value="uid:04AABBCC00DD99")
            groups.give_badge(db, group.id, badge, vault=VAULT, actor=desk[lender], now=place.now)
    with place.database.write() as db:
        key = in_use(db, place, db.get_one(GroupRow, group.id).ref, None)
        device_commands.cut_power(db, "laser-1", actor=desk["karim"], now=place.now)
    cut(place, key)
    assert owed(place.database, source_id=key) == costs


def test_whoever_gives_a_seat_back_does_not_deal_with_the_next_in_line(place: Place) -> None:
    """The desk makes a session of one seat; a friend takes it, the second record waits."""
    set_tariff(place)
    with place.database.write() as db:
        own, friend = (place.member(db, name).id for name in ("Karim", "Ami"))
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        ami = place.account(db, "ami", Role.MEMBER, member_id=friend)
        new = NewMember(display_name="D. Martin", site_id=place.site)
        other = members.create(db, new, actor=karim, now=place.now).id
        start, end = (Utc.of(place.now + timedelta(hours=hours)) for hours in (30, 31))
        one = NewCourseSession(starts_at=start, ends_at=end, places=1, site_id=place.site)
        visit = course_sessions.create(db, one, actor=karim, now=place.now).id
        enrolments.enrol(db, visit, friend, actor=ami, now=place.now)
        enrolments.enrol(db, visit, other, actor=karim, now=place.now)
        assert enrolments.withdraw(db, visit, friend, actor=ami, now=place.now) == [other]
    with place.database.write() as db:
        key = in_use(db, place, db.get_one(MemberRow, other).ref, None)
        device_commands.cut_power(db, "laser-1", actor=karim, now=place.now)
    cut(place, key)
    assert owed(place.database, source_id=key) == 200


@pytest.mark.parametrize(
    ("asked", "order", "costs"),
    [
        ("own", ("start", "end"), 200),
        ("own", ("end", "start"), 200),
        ("token", ("both",), 200),
        ("token gone", ("both",), 200),
        ("theirs", ("both",), 0),
        ("earlier", ("both",), 0),
        ("by a clock four minutes ahead", ("both",), 200),
    ],
)
def test_nor_is_a_use_free_of_which_the_box_tells_only_after_the_cut(
    place: Place, asked: str, order: tuple[str, ...], costs: int
) -> None:
    """Its network was pulled: it is there again, and tells of the use after the cut is asked."""
    set_tariff(place)
    start = Utc.of(place.now - timedelta(minutes=20))
    with place.database.write() as db:
        own = place.member(db, "Karim").id
        karim = place.account(db, "karim", Role.DESK, member_id=own)
        assert karim.account_id is not None
        ref = db.get_one(MemberRow, own).ref
        online(db)
        by, at = karim, place.now
        if asked.startswith("token"):
            made, _secret = tokens.add(db, karim.account_id, "t", HOUSE.permissions, at, BOSS)
            by = replace(karim, ref=f"token:{made.id}")
        if asked == "theirs":
            by = place.account(db, "zoe", Role.DESK, member_id=place.member(db, "Zoé").id)
        if asked == "earlier":
            at = Utc.of(start - timedelta(hours=1))
        if asked == "by a clock four minutes ahead":
            at = Utc.of(place.now + timedelta(minutes=4))
        device_commands.cut_power(db, "laser-1", actor=by, now=at)
        if asked == "token gone":
            db.delete(db.get_one(TokenRow, made.id))
    key = uuid7()
    seconds = {"active_s": 1200.0, "idle_s": 0.0, "powered_s": 1200.0}
    told = {
        "start": a_told(SessionStarted, start, session_id=key, member=ref),
        "end": a_told(SessionEnded, place.now, session_id=key, cause="cut_by_staff", **seconds),
    }
    for what in order:
        with place.database.write() as db:
            projection.project(db, told.values() if what == "both" else [told[what]])
    follow(place)
    assert owed(place.database, source_id=key) == costs


def a_told(kind: type[SessionStarted | SessionEnded], at: Utc, **fields: object) -> StoredEvent:
    """An event of the laser's box."""
    event = kind(
        event_id=uuid7(),
        boot_id=uuid7(),
        mono_ms=0,
        at=at,
        clock_trusted=True,
        access_point=AccessPointId("laser-1"),
        **fields,  # type: ignore[arg-type]
    )
    where = {"site": "here", "agent": "pi", "stream": uuid7()}
    return StoredEvent(
        **where,
        seq=1,
        event=event,
        at=at,
        best_time=at,
        estimate=at,
        received_at=at,
        arrived_late=False,
    )


@pytest.mark.parametrize("box", ["away", "back", "no more"])
def test_a_use_whose_end_no_box_tells_is_charged_by_what_it_had_told(
    place: Place, box: str
) -> None:
    """Nobody else comes to the machine. Where the end is told after all, it counts."""
    set_tariff(place)
    with place.database.write() as db:
        ref = db.get_one(MemberRow, place.member(db, "Karim").id).ref
        key = in_use(db, place, ref, None)
        machine = PointStateRow(
            access_point_id="laser-1",
            agent_id="pi",
            state="running",
            session_id=key,
            available=True,
            warning=False,
            faults=[],
            received_at=place.now,
        )
        db.add(machine)
    owes = []
    for change in ("it goes on", box, "a day later", "told"):
        place.clock.forward(hours=23)
        with place.database.write() as db:
            agent, point = db.get(AgentState, "pi"), db.get_one(PointStateRow, "laser-1")
            if agent is not None and change == "it goes on":
                agent.seen_at = place.now
            if change == "away" and agent is not None:
                agent.online = False
            if change == "back":
                point.session_id = None
            if change == "no more":
                db.delete(agent)
            if change == "told":
                row = db.get_one(SessionRow, key)
                row.ended_at, row.cause, row.active_s = place.now, "badge_out", 38 * 60.0
                post_news(db, SessionNews(site=place.site, key=key))
            db.flush()
            missing_ends.give_up(db, place.now)
        follow(place)
        owes.append(owed(place.database, source_id=key))
    gone = 200 if box != "away" else 0
    assert owes == [0, gone, 200, 300]


def test_nothing_is_charged_of_a_use_of_which_nothing_was_told(place: Place) -> None:
    session = MachineRate(access_point="laser-1", price_cents=100, session_cents=500)
    set_tariff(place, session)
    with place.database.write() as db:
        ref = db.get_one(MemberRow, place.member(db, "Karim").id).ref
        key = ended(db, ref, 0, ago_days=2, ended_at=None, cause=None)
        missing_ends.give_up(db, place.now)
    follow(place)
    assert owed(place.database, source_id=key) == 0
