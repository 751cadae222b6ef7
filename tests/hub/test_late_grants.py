"""A grant that is reported late, and that no plan explains, is shown until a person has looked."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.activity.rows import list_activity
from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.alarms import Resolution
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges.vault import Vault
from controller.capabilities.groups import groups
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.groups.shapes import NewGroup
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members, record_merge
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.plans import passes, plans, subscriptions
from controller.capabilities.plans.shapes import NewPass, NewPlan, NewSubscription
from controller.domain.facts import CredentialKind
from controller.domain.time import Utc
from controller.hub.rebuild import rebuild
from controller.kernel.shapes import Label
from controller.wire.events import AccessGranted, SessionStarted
from controller.wire.ids import uuid7
from tests.hub.conftest import Place
from tests.hub.effects import ADMIN, People
from tests.hub.fake_agent import START
from tests.hub.world import SITE

HOUR_S = 3600.0
KIND = "grant_without_plan"


def after(**length: float) -> Utc:
    return Utc.of(START + timedelta(**length))


@pytest.fixture
def people(place: Place) -> People:
    """Three members, two plans, and a machine that asks for one of the two."""
    people = People(place.world.database)
    with place.world.database.write() as db:
        for key in ("atelier", "bureau"):
            plan = NewPlan(id=key, site_id=SITE, name=Label(fr=key))
            plans.create(db, plan, actor=ADMIN, now=START)
        row = db.get_one(AccessPointRow, "machine-0")
        row.requirement = {"subscription": True, "plans": ["atelier"]}
    return people


def subscribe(
    place: Place,
    member: str,
    plan: str = "atelier",
    *,
    until: Utc | None = None,
    entered_at: Utc | None = None,
) -> str:
    new = NewSubscription(member_id=member, plan_id=plan, valid_from=START, valid_until=until)
    with place.world.database.write() as db:
        return subscriptions.create(db, new, actor=ADMIN, now=entered_at or START).id


def grant(place: Place, member: str, hours: float = 1, **fields: object) -> None:
    place.agent.record(AccessGranted, at_s=hours * HOUR_S, member=member, **fields)


def tell(place: Place, at: Utc | None = None) -> None:
    """The box tells all that it has not told yet."""
    place.now = at or after(hours=8)
    place.send(place.agent.batch())


def raised(place: Place) -> list[tuple[str | None, object]]:
    """The access point and the member of each alarm."""
    with place.world.database.read() as db:
        rows = db.scalars(select(Alarm).where(Alarm.kind == KIND).order_by(Alarm.raised_at))
        return [(row.access_point_id, row.detail["member"]) for row in rows]


def test_a_late_grant_without_a_plan_stays_until_somebody_resolves_it(
    place: Place, people: People
) -> None:
    """A subscription was withdrawn while the box was cut off."""
    key = subscribe(place, people.ids[1])
    with place.world.database.write() as db:
        subscriptions.take_back(db, key, "a mistake", actor=ADMIN, now=after(minutes=30))
    for hours in (1, 2):
        grant(place, people.refs[1], hours)
        session = {"member": people.refs[1], "session_id": uuid7()}
        place.agent.record(SessionStarted, at_s=hours * HOUR_S + 1, **session)
    tell(place)
    assert raised(place) == [("machine-0", people.refs[1])]
    grant(place, people.refs[1], 3)
    tell(place, after(hours=9))
    assert len(raised(place)) == 1, "once for each member, box and day"
    with place.world.database.write() as db:
        shown = list_activity(db, SITE, after(days=9), actor=ADMIN, now=after(days=9))
        (row,) = [row.activity for row in shown.rows if row.activity.names[0] == "alarm"]
        assert "Blaise" in str(row.facts)
        (alarm,) = alarms.active_at(db, SITE)
        assert alarm.holder_id == people.ids[1]
        alarms.resolve(db, alarm.id, Resolution(), actor=ADMIN, now=after(days=9))
        assert not alarms.active_at(db, SITE)
    with place.world.database.write() as db:
        assert not [it for it in rebuild(db) if it.table == "alarm"]
        assert len(db.scalars(select(Alarm)).all()) == 1
        assert not alarms.active_at(db, SITE)
    grant(place, people.refs[1], 25)
    tell(place, after(days=9))
    assert len(raised(place)) == 2


@pytest.mark.parametrize(
    "how",
    ["another plan", "ended before", "a pass of another plan", "entered later", "a later pass"],
)
def test_a_plan_that_does_not_open_the_machine_then_explains_nothing(
    place: Place, people: People, how: str
) -> None:
    member = people.ids[1]
    if how == "another plan":
        subscribe(place, member, "bureau")
    elif how == "ended before":
        subscribe(place, member, until=after(minutes=30))
    elif how == "entered later":  # the desk could withdraw it once the box has told
        subscribe(place, member, entered_at=after(hours=5))
    elif how == "a later pass":
        give_pass(place, member, entered_at=after(hours=5))
    else:
        give_pass(place, member, "bureau")
    grant(place, people.refs[1])
    tell(place)
    assert raised(place) == [("machine-0", people.refs[1])]


def give_pass(
    place: Place,
    member: str,
    plan: str = "atelier",
    units: int = 1,
    *,
    entered_at: Utc | None = None,
) -> None:
    new = NewPass(member_id=member, plan_id=plan, units=units, valid_from=START)
    with place.world.database.write() as db:
        passes.create(db, new, actor=ADMIN, now=entered_at or START)


@pytest.mark.parametrize(
    "how", ["in time", "subscription", "pass", "merged", "guest", "group", "free"]
)
def test_what_is_explained_raises_no_alarm(place: Place, people: People, how: str) -> None:
    member, fields, ref = people.ids[1], {}, people.refs[1]
    told_at = after(hours=1, seconds=5) if how == "in time" else after(days=1)
    if how in ("subscription", "merged"):
        subscribe(place, member)
    if how == "merged":
        with place.world.database.write() as db:
            record_merge.merge(db, people.ids[2], member, actor=ADMIN, now=after(hours=5))
    if how == "pass":
        give_pass(place, member, units=1)
    if how == "guest":
        fields = {"credential_kind": CredentialKind.GUEST}
        ref = no_badge(place)
    if how == "group":
        ref = group(place)
    if how == "free":
        with place.world.database.write() as db:
            db.get_one(AccessPointRow, "machine-0").requirement = {"subscription": False}
    grant(place, ref, 1, **fields)
    tell(place, told_at)
    assert raised(place) == []


@pytest.mark.parametrize("told", ["all late", "in time elsewhere"])
def test_each_late_day_beyond_those_of_a_pass_raises_an_alarm(
    place: Place, people: People, told: str
) -> None:
    """*Catch up* lists a pass by the times of its days, and it may have been read since."""
    member, ref = people.ids[1], people.refs[1]
    give_pass(place, member, units=1)
    if told == "all late":
        for hours in (1, 2, 20, 21, 48):
            grant(place, ref, hours)
        tell(place, after(days=9))
        assert raised(place) == 2 * [("machine-0", ref)]
        return
    grant(place, ref, 26)
    tell(place, after(hours=26, seconds=5))
    grant(place, ref, 49)
    tell(place, after(hours=49, seconds=5))
    assert raised(place) == []
    place.agent.new_stream()
    grant(place, ref, 1)
    tell(place, after(days=9))
    assert raised(place) == [("machine-0", ref)]


def group(place: Place) -> str:
    """A group of visitors."""
    new = NewGroup(site_id=SITE, name="École", headcount=8, ends_at=after(days=1))
    with place.world.database.write() as db:
        made = groups.create(db, new, vault=Vault(bytes(32), bytes(32)), actor=ADMIN, now=START)
        return db.get_one(GroupRow, made.id).ref


def test_whose_record_is_gone_is_shown_without_a_name_or_reference(
    place: Place, people: People
) -> None:
    """A record was added, and taken back within the 45 seconds in which a box seems connected."""
    ref = no_badge(place)
    with place.world.database.write() as db:
        row = db.scalars(select(MemberRow).where(MemberRow.ref == ref)).one()
        members.take_back(db, row.id, actor=ADMIN, now=START)
    for hours in (1, 2, 25):
        grant(place, ref, hours)
    tell(place, after(days=2))
    assert raised(place) == 2 * [("machine-0", None)], "once for each box, reference and day"
    with place.world.database.write() as db:
        for alarm in db.scalars(select(Alarm)):
            assert ref not in f"{alarm.key} {alarm.detail}"
        shown = list_activity(db, SITE, after(days=2), actor=ADMIN, now=after(days=2))
        (told,) = [row.activity for row in shown.rows if row.activity.names[0] == "alarm"]
        assert "somebody whose record is gone" in str(told.facts)


def no_badge(place: Place) -> str:
    """A member without a badge of their own."""
    new = NewMember(site_id=SITE, display_name="Dora")
    with place.world.database.write() as db:
        member = members.create(db, new, actor=ADMIN, now=START)
        return db.get_one(MemberRow, member.id).ref


@pytest.mark.parametrize("fast_min", [0, 4.9])
@pytest.mark.parametrize("boot", ["the same boot", "an earlier boot"])
def test_a_fast_clock_makes_no_grant_earlier_than_it_was(
    place: Place, people: People, fast_min: float, boot: str
) -> None:
    """The box counts the seconds until it tells, whatever its clock says."""
    key = subscribe(place, people.ids[1])
    with place.world.database.write() as db:
        subscriptions.take_back(db, key, "a mistake", actor=ADMIN, now=after(minutes=30))
    grant(place, people.refs[1], 1 + fast_min / 60)
    place.now = after(hours=1, minutes=2)
    tapped_ms = int((HOUR_S + fast_min * 60) * 1000)
    if boot == "the same boot":
        place.send(place.agent.batch(sent_mono_ms=tapped_ms + 120_000))
    else:
        other = "00000000-0000-4000-8000-000000000002"
        place.send(place.agent.batch(boot_id=other, sent_mono_ms=60_000))
    assert raised(place) == [("machine-0", people.refs[1])]
