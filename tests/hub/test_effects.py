"""What an event changes among the facts: certifications given at machines, windows that spread."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.accounts import accounts
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential, Replacement
from controller.capabilities.badges.vault import Vault
from controller.capabilities.groups import windows
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import queue
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.write import to_member
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import passes, plans
from controller.capabilities.plans.shapes import NewPass, NewPlan
from controller.capabilities.presence import evacuations, presence
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.training import (
    course_sessions,
    courses,
    enrolments,
    member_certifications,
)
from controller.capabilities.training.activity import READ, RECENT
from controller.capabilities.training.messages import CertifiedWithYourBadgeMessage
from controller.capabilities.training.models import (
    CertificationRow,
    EnrolmentRow,
    HeldRow,
    Outcome,
    Scope,
)
from controller.capabilities.training.shapes import Grant, NewCourse, NewCourseSession, NewOutcome
from controller.domain.facts import (
    CertificationKind,
    CredentialKind,
    Level,
    MemberStatus,
    Name,
    PointKind,
    Window,
)
from controller.domain.time import Utc
from controller.hub.rebuild import rebuild
from controller.kernel.activity import ActivityQuery
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.policy.models import PolicyRow
from controller.wire.events import (
    AccessDenied,
    AccessGranted,
    CertifiedAtMachine,
    DoorOpened,
    EventBase,
    Fire,
    SessionStarted,
    WindowClosed,
    WindowOpened,
)
from controller.wire.ids import uuid7
from controller.wire.values import decode_value
from tests.hub.conftest import NOW, Place
from tests.hub.effects import ADMIN, People, level_of
from tests.hub.fake_agent import START
from tests.hub.world import SITE, add_site, add_supervisor


def certify(place: Place, at_s: float, trainer: str, trainee: str) -> None:
    place.agent.record(
        CertifiedAtMachine, at_s=at_s, certification="laser", trainer=trainer, trainee=trainee
    )
    place.send(place.agent.batch())


def test_a_trainer_certifies_at_the_machine_once(place: Place) -> None:
    people = People(place.world.database)
    certify(place, 10, people.refs[0], people.refs[1])
    place.send(place.agent.batch())
    assert level_of(place.world.database, people.ids[1]) is Level.USER
    with place.world.database.read() as db:
        steps = member_certifications.history(db, people.ids[1], "laser", actor=ADMIN, now=NOW)
    assert [step.by for step in steps] == [f"member:{people.ids[0]}"]


@pytest.mark.parametrize(("trainer", "trainee"), [(1, 2), (0, 0), (1, 1)])
def test_who_may_not_certify_does_not_and_it_is_seen(
    place: Place, trainer: int, trainee: int
) -> None:
    people = People(place.world.database)
    before = level_of(place.world.database, people.ids[trainee])
    certify(place, 10, people.refs[trainer], people.refs[trainee])
    assert place.ack().through == 1
    assert level_of(place.world.database, people.ids[trainee]) is before
    with place.world.database.read() as db:
        assert db.scalars(select(Alarm.kind)).all() == ["certification_refused"]


def test_the_trainer_is_told_of_somebody_who_has_left_since(place: Place) -> None:
    people = People(place.world.database)
    certify(place, 10, people.refs[0], people.refs[1])
    with place.world.database.write() as db:
        db.get_one(MemberRow, people.ids[1]).status = MemberStatus.LEFT
    with place.world.database.write() as db:
        due = queue.take_due(db, queue.Rules(secret="s" * 40), place.now)
        assert "A@example.org" in [letter.address for letter in due]


def test_a_guests_own_badge_spends_no_day_and_another_does(place: Place) -> None:
    """A session says nothing of its badge's kind; it may arrive apart from the tap before it."""
    people = People(place.world.database)
    with place.world.database.write() as db:
        plans.create(
            db, NewPlan(id="day", name=Label(fr="Jour"), site_id=SITE), actor=ADMIN, now=START
        )
        new = NewPass(member_id=people.ids[1], plan_id="day", units=5, valid_from=START)
        key = passes.create(db, new, actor=ADMIN, now=START).id
        former = db.get_one(CredentialRow, people.badges[1]).holder_key
        credentials.return_badge(db, people.badges[1], actor=ADMIN, now=START)
        until = Utc.of(START + timedelta(days=1))
        lent = NewCredential(
            member_id=people.ids[1],
            value="uid:04AA00AA",
            kind=CredentialKind.GUEST,
            valid_until=until,
        )
        vault = Vault(bytes(32), bytes(32))
        badge = credentials.create(db, lent, vault=vault, actor=ADMIN, now=START).id
        guest = db.get_one(CredentialRow, badge).holder_key

    def told(at_s: float, credential: str, kind: CredentialKind | None) -> int:
        who: dict[str, Any] = {"credential": credential, "member": people.refs[1]}
        if kind is not None:
            place.agent.record(AccessGranted, at_s=at_s, credential_kind=kind, **who)
        place.agent.record(SessionStarted, at_s=at_s + 1, session_id=uuid7(), **who)
        place.send(place.agent.batch())
        with place.world.database.read() as db:
            return passes.get(db, key, actor=ADMIN).spent

    assert told(10, guest, CredentialKind.GUEST) == 0
    assert told(20, guest, None) == 0
    assert told(30, former, CredentialKind.GUEST) == 0
    assert told(40, former, CredentialKind.MEMBER) == 1


def test_a_letter_that_cannot_be_put_into_words_holds_up_no_other(place: Place) -> None:
    people = People(place.world.database)
    with place.world.database.write() as db:
        for number, at in enumerate(("no time", START.text())):
            message = CertifiedWithYourBadgeMessage(
                certification=Name(fr="Laser"), machine=Name(fr="L"), at=at
            )
            key = f"odd-{number}"
            to_member(db, people.ids[0], message, site_id=SITE, key=key, now=place.now)
    rules = queue.Rules(secret="s" * 40)
    with place.world.database.write() as db:
        assert len(queue.take_due(db, rules, place.now)) == 1
    with place.world.database.read() as db:
        odd = db.scalars(select(MessageRow).where(MessageRow.key == "odd-0")).one()
        assert (odd.trouble, odd.attempts) == ("words", 1)
        assert odd.due_at is not None
        assert odd.due_at > place.now


def test_a_machine_certifies_only_for_what_it_asks(place: Place) -> None:
    people = People(place.world.database, asked="saw")
    certify(place, 10, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == ["machine-0 does not require laser"]


def test_a_document_is_not_given_at_a_machine(place: Place) -> None:
    people = People(place.world.database)
    with place.world.database.write() as db:
        db.get_one(CertificationRow, "laser").kind = CertificationKind.DOCUMENT
    certify(place, 10, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == ["machine-0 does not require laser"]


def test_an_event_of_no_machine_certifies_nobody(place: Place) -> None:
    people = People(place.world.database)
    fields: dict[str, Any] = {
        "certification": "laser",
        "trainer": people.refs[0],
        "trainee": people.refs[1],
    }
    place.agent.record(CertifiedAtMachine, access_point=None, **fields)
    place.send(place.agent.batch())
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == ["the event names no access point"]


@pytest.mark.parametrize("who", [0, 1], ids=["trainer", "trainee"])
def test_a_badge_that_can_not_have_been_read_certifies_nobody(place: Place, who: int) -> None:
    people = People(place.world.database)
    with place.world.database.write() as db:
        credentials.mark_lost(db, people.badges[who], actor=ADMIN, now=START)
    certify(place, 10, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    why = "a member in the event has no badge that works at machine-0"
    assert alarm_reasons(place, "certification_refused") == [why]


@pytest.mark.parametrize("who", [0, 1], ids=["trainer", "trainee"])
def test_whom_the_site_does_not_know_is_not_certified_there(place: Place, who: int) -> None:
    people = People(place.world.database)
    add_site(place.world.database, "annexe")
    with place.world.database.write() as db:
        db.get_one(CertificationRow, "laser").scope = Scope.NETWORK
        db.get_one(MemberRow, people.ids[who]).site_id = "annexe"
    certify(place, 10, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert len(alarm_reasons(place, "certification_refused")) == 1


def test_a_certification_at_a_machine_prolongs_no_trainer(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        second = Grant(level=Level.TRAINER)
        member_certifications.grant(db, people.ids[1], "laser", second, actor=ADMIN, now=START)
        end = Utc.of(START + timedelta(days=9))
        db.get_one(HeldRow, (people.ids[1], "laser")).valid_until = end
    certify(place, 10, people.refs[0], people.refs[1])
    with database.read() as db:
        assert db.get_one(HeldRow, (people.ids[1], "laser")).valid_until == end


def test_the_trainer_is_told_whoever_has_left_since(place: Place) -> None:
    """Or is said to have: for a moment, by the desk."""
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        db.get_one(MemberRow, people.ids[0]).email = None
        accounts.create(
            db,
            login="ada@example.org",
            password="correct horse",
            roles={},
            actor=ADMIN,
            now=START,
            member_id=people.ids[0],
        )
    certify(place, 10, people.refs[0], people.refs[1])
    with database.write() as db:
        for member in people.ids[:2]:
            left = {"status": "left", "reason": "moved away"}
            members.change(db, member, left, version=None, actor=ADMIN, now=NOW)
        (due,) = queue.take_due(db, queue.Rules(secret="s" * 40), NOW)
    said = ("ada@example.org", "Habilitation donnée avec votre badge")
    assert (due.address, due.letter.subject) == said
    assert "Blaise" not in str(due.letter), "the desk may have typed that name"


def test_the_trainer_is_told_and_catch_up_lists_it(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    certify(place, 10, people.refs[0], people.refs[1])
    place.send(place.agent.batch())
    with database.read() as db:
        (row,) = db.scalars(select(MessageRow)).all()
        assert (row.what, row.member_id) == ("certified_with_badge", people.ids[0])
        asked = ActivityQuery(site=SITE, since=Utc.of(NOW - timedelta(hours=2)), now=NOW, until=NOW)
        found = [
            occurrence
            for occurrence in RECENT.read_rows(db, asked)
            if occurrence.action and occurrence.action.code == READ
        ]
    assert [occurrence.action.params for occurrence in found if occurrence.action] == [
        {"member": people.ids[1]}
    ]
    assert found[0].title.values["name"] == "Blaise"


def test_who_is_certified_at_the_machine_in_a_course_has_passed_it(place: Place) -> None:
    people, near = People(place.world.database), Utc.of(NOW - timedelta(hours=1))
    with place.world.database.write() as db:
        course = NewCourse(id="first", site_id=SITE, name=Label(fr="Laser"), grants=("laser",))
        courses.create(db, course, actor=ADMIN, now=START)
        made = []
        for start in (near, Utc.of(near + timedelta(days=3))):
            new = NewCourseSession(
                course_id="first",
                site_id=SITE,
                starts_at=start,
                ends_at=Utc.of(start + timedelta(hours=2)),
                places=4,
            )
            made.append(course_sessions.create(db, new, actor=ADMIN, now=START).id)
            for member in people.ids[1:]:
                enrolments.enrol(db, made[-1], member, actor=ADMIN, now=START)
        absent = NewOutcome(outcome=Outcome.ABSENT)
        enrolments.set_outcome(db, made[0], people.ids[2], absent, actor=ADMIN, now=START)
    for trainee in people.refs[1:]:
        certify(place, 10, people.refs[0], trainee)
    with place.world.database.read() as db:
        found = {
            (enrolment.session_id, enrolment.member_id): enrolment
            for enrolment in db.query(EnrolmentRow)
        }
    one = found[made[0], people.ids[1]]
    assert (one.outcome, one.outcome_by) == (Outcome.PASSED, f"member:{people.ids[0]}")
    assert one.attended_at is not None
    assert found[made[0], people.ids[2]].outcome is Outcome.ABSENT, "what somebody noted stays"
    assert found[made[1], people.ids[1]].outcome is None, "another day"


def test_a_person_nobody_knows_blocks_nothing(place: Place) -> None:
    people = People(place.world.database)
    certify(place, 10, people.refs[0], "nobody")
    assert place.ack().through == 1
    assert not place.ack().rejected


def windows_in_policy(database: Database) -> list[Window]:
    query = select(PolicyRow.value).where(PolicyRow.table == "window")
    with database.read() as db:
        found = [decode_value("window", value).value for value in db.scalars(query) if value]
    return [item for item in found if isinstance(item, Window)]


def in_the_wood_room(place: Place) -> dict[str, Any]:
    """All machines stand there; a window of whoever supervises it."""
    points = [point for agent in place.world.agents for point in agent.points]
    supervisor = add_supervisor(place.world.database, "wood", points)
    return {"window_id": uuid7(), "zone": "wood", "supervisor": supervisor}


def window_rows(place: Place) -> list[WindowRow]:
    with place.world.database.read() as db:
        return list(db.scalars(select(WindowRow)))


def alarm_reasons(place: Place, kind: str) -> list[str]:
    with place.world.database.read() as db:
        rows = db.scalars(select(Alarm).where(Alarm.kind == kind))
        return [row.detail["reason"] for row in rows]


def test_a_window_spreads_through_the_policy_until_it_is_closed(place: Place) -> None:
    fields = in_the_wood_room(place)
    place.agent.record(WindowOpened, at_s=5, until=NOW, **fields)
    place.send(place.agent.batch())
    (window,) = windows_in_policy(place.world.database)
    assert (window.zone, window.supervisor) == ("wood", fields["supervisor"])
    assert window.until == NOW
    place.agent.record(WindowClosed, at_s=9, cause="tap", **fields)
    place.send(place.agent.batch())
    assert windows_in_policy(place.world.database) == []


@pytest.mark.parametrize("closes_first", [False, True])
def test_a_window_is_tapped_off_at_another_agent(two_agents: Place, closes_first: bool) -> None:
    one, two = two_agents.world.agents
    fields = in_the_wood_room(two_agents)
    one.record(WindowOpened, at_s=5, until=NOW, **fields)
    two.record(WindowClosed, at_s=9, cause="tap", **fields)
    told = [one.batch(), two.batch()]
    for message in reversed(told) if closes_first else told:
        two_agents.send(message)
    assert windows_in_policy(two_agents.world.database) == []
    # Nobody but the agent that opened it says that it is open, or until when.
    two.record(WindowOpened, at_s=11, until=Utc.of(NOW + timedelta(hours=9)), **fields)
    two_agents.send(two.batch())
    (row,) = window_rows(two_agents)
    assert (row.until, row.agent_id) == (NOW, one.name)


@pytest.mark.parametrize("closes_first", [False, True])
def test_a_window_is_closed_by_its_supervisor_alone(two_agents: Place, closes_first: bool) -> None:
    one, two = two_agents.world.agents
    fields = in_the_wood_room(two_agents)
    one.record(WindowOpened, at_s=5, until=NOW, **fields)
    two.record(WindowClosed, at_s=9, cause="tap", **(fields | {"supervisor": "somebody"}))
    told = [one.batch(), two.batch()]
    for message in reversed(told) if closes_first else told:
        two_agents.send(message)
    assert len(windows_in_policy(two_agents.world.database)) == 1


@pytest.mark.parametrize("kind", [WindowOpened, WindowClosed])
def test_an_agent_opens_and_closes_no_window_in_a_zone_where_it_has_nothing(
    two_agents: Place, kind: type[EventBase]
) -> None:
    one, two = two_agents.world.agents
    fields = in_the_wood_room(two_agents)
    add_supervisor(two_agents.world.database, "attic", two.points, number=2)
    one.record(WindowOpened, at_s=5, until=NOW, **fields)
    two_agents.send(one.batch())
    if kind is WindowOpened:
        two.record(kind, at_s=9, until=NOW, **(fields | {"window_id": uuid7()}))
    else:
        two.record(kind, at_s=9, cause="tap", **fields)
    two_agents.send(two.batch())
    assert two_agents.ack(two).rejected[0].reason == "zone wood is not this agent's"
    assert len(windows_in_policy(two_agents.world.database)) == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"supervisor": "nobody"}, "no badge that works at machine-0"),
        ({"supervisor": 1}, "does not supervise wood"),
        ({"access_point": None}, "the event names no access point"),
        ({"until": Utc.of(NOW + timedelta(days=2))}, "longer than a window of wood may"),
    ],
)
def test_a_window_that_nobody_may_open_counts_nowhere(
    place: Place, changed: dict[str, Any], reason: str
) -> None:
    people, fields = People(place.world.database), in_the_wood_room(place) | {"until": NOW}
    if changed.get("supervisor") == 1:
        changed = {"supervisor": people.refs[1]}
    place.agent.record(WindowOpened, at_s=5, **(fields | changed))
    place.send(place.agent.batch())
    assert place.ack().through == 1
    assert windows_in_policy(place.world.database) == []
    (why,) = alarm_reasons(place, "window_refused")
    assert reason in why
    assert not any(ref in why for ref in people.refs), "alarms are kept for longer than movements"
    (row,) = window_rows(place)
    assert row.closed_at == row.opened_at
    with place.world.database.write() as db:
        assert rebuild(db) == []
    assert windows_in_policy(place.world.database) == []


def test_a_window_closed_at_the_desk_stays_closed_when_projections_are_made_again(
    place: Place,
) -> None:
    database = place.world.database
    fields = in_the_wood_room(place)
    place.agent.record(WindowOpened, at_s=5, until=NOW, **fields)
    place.send(place.agent.batch())
    with database.write() as db:
        closed = windows.close(db, str(fields["window_id"]), actor=ADMIN, now=START)
        assert closed.closed_at == START
    assert windows_in_policy(database) == []
    with database.write() as db:
        assert rebuild(db) == []
    assert windows_in_policy(database) == []


def test_a_door_that_opens_moves_its_holder_and_a_fire_calls_the_roll(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        for key in ("hall", "attic"):
            new = NewZone(id=key, name=Label(fr=key), site_id=SITE)
            zones.create(db, new, actor=ADMIN, now=START)
        for door, into in (("machine-0", "hall"), ("saw-0", "attic")):
            row = db.get_one(AccessPointRow, door)
            row.kind, row.zone_id, row.from_zone_id = PointKind.DOOR, into, "hall"
    now_s = (NOW - START).total_seconds()
    for at_s, who, zone in (
        (-60, 0, "hall"),
        (-50, 1, "hall"),
        (-10, 1, "attic"),
        (-20, 2, "hall"),
    ):
        door = {"hall": "machine-0", "attic": "saw-0"}[zone]
        fields: dict[str, Any] = {"access_point": door, "member": people.refs[who], "zone": zone}
        place.agent.record(DoorOpened, at_s=now_s + at_s, **fields)
    gone: dict[str, Any] = {"member": people.refs[0], "zone": None, "from_zone": "hall"}
    place.agent.record(DoorOpened, at_s=now_s - 5, **gone)
    place.send(place.agent.batch())
    with database.read() as db:
        found = {person.name: person.zone_id for person in presence.page(db, actor=ADMIN).items}
        assert found == {"Blaise": "attic", "Chloé": "hall"}
    place.agent.record(Fire, at_s=now_s)
    place.send(place.agent.batch())
    place.send(place.agent.batch())
    with database.read() as db:
        (fire,) = evacuations.page(db, actor=ADMIN).items
        assert [entry.name for entry in evacuations.roll(db, fire.id, actor=ADMIN)] == [
            "Blaise",
            "Chloé",
        ]


@pytest.mark.parametrize(
    ("who", "changed"),
    [
        (0, {"zone": "attic"}),
        (0, {"zone": None, "from_zone": "attic"}),
        (0, {"access_point": None}),
        (1, {}),
        (None, {}),
    ],
    ids=["another zone", "out of another zone", "no door", "known elsewhere", "nobody"],
)
def test_a_door_moves_nobody_beyond_its_own_zones(
    place: Place, who: int | None, changed: dict[str, Any]
) -> None:
    people, database = People(place.world.database), place.world.database
    add_site(database, "annexe")
    add_supervisor(database, "hall", ["machine-0"])
    add_supervisor(database, "attic", ["saw-0"], number=2)
    with database.write() as db:
        db.get_one(MemberRow, people.ids[1]).site_id = "annexe"
        presence.move(db, SITE, "attic", people.refs[0], at=START, now=START)
    named = "nobody" if who is None else people.refs[who]
    fields: dict[str, Any] = {"access_point": "machine-0", "member": named, "zone": "hall"}
    place.agent.record(DoorOpened, at_s=60, **(fields | changed))
    place.send(place.agent.batch())
    with database.read() as db:
        found = {row.member_ref: row.moved_at for row in db.scalars(select(PresenceRow))}
    assert found == {people.refs[0]: START}


def test_the_first_grant_of_a_day_spends_a_pass_once(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        plans.create(
            db, NewPlan(id="day", name=Label(fr="Jour"), site_id=SITE), actor=ADMIN, now=START
        )
        new = NewPass(member_id=people.ids[1], plan_id="day", units=5, valid_from=START)
        key = passes.create(db, new, actor=ADMIN, now=START).id
    for at_s, who in ((5, 1), (6, 0), (7, 1)):
        place.agent.record(AccessGranted, at_s=at_s, member=people.refs[who])
    place.send(place.agent.batch())
    place.send(place.agent.batch())
    with database.read() as db:
        assert passes.get(db, key, actor=ADMIN).spent == 1


def end_a_badge(place: Place, member: str, how: str, at_s: float) -> None:
    """The member has another badge that works from then on."""
    vault, now = Vault(bytes(32), bytes(32)), Utc.of(START + timedelta(seconds=at_s))
    other = "uid:04AABBCC00DD77"
    with place.world.database.write() as db:
        badge = db.scalar(select(CredentialRow.id).where(CredentialRow.member_id == member))
        assert badge is not None
        if how == "replaced":
            replacement = Replacement(value=other)
            credentials.replace(db, badge, replacement, vault=vault, actor=ADMIN, now=now)
            return
        new = NewCredential(member_id=member, value=other)
        second = credentials.create(db, new, vault=vault, actor=ADMIN, now=START).id
        if how == "returned":
            credentials.return_badge(db, second, actor=ADMIN, now=now)
        elif how == "raised":
            patch = {"assurance": "aes"}
            credentials.change(db, second, patch, version=None, actor=ADMIN, now=now)
        elif how == "suspended":
            credentials.suspend(db, second, actor=ADMIN, now=now)
        else:
            credentials.mark_lost(db, badge, actor=ADMIN, now=now)
        if how == "lost and restored":
            credentials.restore(db, badge, actor=ADMIN, now=Utc.of(now + timedelta(seconds=5)))


def hear_in_time(place: Place, at_s: float) -> None:
    """Have the agent report something as it happens, and then tell what follows an hour later."""
    place.agent.record(AccessDenied, at_s=at_s, reason="in_use")
    before, place.now = place.now, Utc.of(START + timedelta(seconds=at_s + 1))
    place.send(place.agent.batch())
    place.now = before


ENDED_WHILE_CUT_OFF = "a member in the event had a badge that ended while the box was cut off"


@pytest.mark.parametrize(
    "how", ["lost", "returned", "replaced", "suspended", "lost and restored", "raised"]
)
@pytest.mark.parametrize("who", [0, 1], ids=["trainer", "trainee"])
def test_what_is_told_late_does_not_count_if_a_badge_ended_meanwhile(
    place: Place, how: str, who: int
) -> None:
    """Whoever has the former card cuts the box off; its holder has another one by then."""
    people = People(place.world.database)
    hear_in_time(place, 60)
    end_a_badge(place, people.ids[who], how, 1000)
    certify(place, 1800, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is None
    assert alarm_reasons(place, "certification_refused") == [ENDED_WHILE_CUT_OFF]


@pytest.mark.parametrize("case", ["before it was cut off", "after it happened", "told in time"])
def test_what_is_told_late_counts_if_no_badge_ended_in_between(place: Place, case: str) -> None:
    people = People(place.world.database)
    hear_in_time(place, 1200 if case == "before it was cut off" else 60)
    end_a_badge(place, people.ids[0], "lost", 1900 if case == "after it happened" else 1000)
    if case == "told in time":
        place.now = Utc.of(START + timedelta(seconds=1801))
    certify(place, 1800, people.refs[0], people.refs[1])
    assert level_of(place.world.database, people.ids[1]) is Level.USER


def test_nor_does_a_former_card_of_a_supervisor_open_a_window(place: Place) -> None:
    fields = in_the_wood_room(place)
    with place.world.database.read() as db:
        query = select(MemberRow.id).where(MemberRow.ref == fields["supervisor"])
        supervisor = db.scalars(query).one()
    hear_in_time(place, 60)
    end_a_badge(place, supervisor, "lost", 1000)
    place.agent.record(WindowOpened, at_s=1800, until=NOW, **fields)
    place.send(place.agent.batch())
    assert windows_in_policy(place.world.database) == []
    assert alarm_reasons(place, "window_refused") == [ENDED_WHILE_CUT_OFF]
