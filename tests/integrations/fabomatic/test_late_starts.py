"""A use whose start a board tells late: of no course, in doubt and shown as what arrives late."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.billing.kinds import Counts
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.training import course_sessions, courses, enrolments
from controller.capabilities.training.shapes import NewCourse, NewCourseSession
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.hub.rebuild import rebuild
from controller.kernel.actor import Role
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import follow, set_tariff
from tests.capabilities.conftest import BOSS, VAULT
from tests.integrations.fabomatic.conftest import CARD, Boards
from tests.integrations.fabomatic.test_late_uses import caught_up, charged, reasons, tell_late
from tests.security.desk.course_steps import ada

POWERED = MachineRate(access_point="laser-1", price_cents=100, step_min=15, counts=Counts.POWERED)


def use_once(at: Boards) -> None:
    at.say(action="checkuser", uid=CARD)
    at.say(action="startuse", uid=CARD)
    at.say(action="stopuse", uid=CARD, duration=60)


def last_use(at: Boards) -> SessionRow:
    with at.place.database.read() as db:
        row = db.scalars(select(SessionRow).order_by(SessionRow.id.desc())).first()
    assert row is not None
    return row


@pytest.mark.parametrize("told", ["start", "stop only", "in time"])
@pytest.mark.parametrize("who", ["the member", "the desk"])
def test_what_a_board_tells_late_within_a_course_is_not_the_courses(
    at: Boards, told: str, who: str
) -> None:
    """It was used on the evening before, with the board's network pulled."""
    place = at.place
    set_tariff(place, POWERED)
    with place.database.write() as db:
        trainer = ada(db, place)
        desk = place.account(db, "desk", Role.DESK)
        own = place.account(db, "amina", Role.MEMBER, member_id=at.amina)
        new = NewCourse(id="c", name=Label(fr="Laser 2"), site_id=place.site, grants=("laser",))
        courses.create(db, new, actor=BOSS, now=place.now)
        begins = Utc.of(place.now + timedelta(hours=20))
        session = NewCourseSession(
            course_id="c",
            starts_at=begins,
            ends_at=Utc.of(begins + timedelta(hours=2)),
            trainer_id=trainer,
            site_id=place.site,
        )
        key = course_sessions.create(db, session, actor=BOSS, now=place.now).id
        if who == "the member":
            enrolments.enrol(db, key, at.amina, actor=own, now=place.now)
    use_once(at)
    place.clock.forward(hours=20, minutes=30)
    if who == "the desk":
        with place.database.write() as db:
            enrolments.enrol(db, key, at.amina, actor=desk, now=place.now)
        place.clock.forward(minutes=1)
    if told == "start":
        tell_late(at)
    elif told == "stop only":
        at.say(action="stopuse", uid=CARD, duration=900, replay=True)
    else:
        at.say(action="startuse", uid=CARD)
        place.clock.forward(minutes=15)
        at.say(action="stopuse", uid=CARD, duration=900)
    place.clock.forward(hours=3)
    follow(place)
    is_courses = told == "in time"
    assert (last_use(at).course_session_id is not None) is is_courses
    cents = {"start": 3200, "stop only": 100, "in time": 0}[told]
    with place.database.read() as db:
        amounts = sorted(db.scalars(select(ChargeRow.amount_cents)))
    assert amounts == sorted([100, cents])
    with place.database.write() as db:
        assert rebuild(db) == []


@pytest.mark.parametrize("told", ["late", "in time"])
def test_a_late_use_without_a_plan_is_shown(at: Boards, told: str) -> None:
    """The subscription has ended; the board lets in its last ten cards by itself."""
    place = at.place
    with place.database.write() as db:
        row = db.get_one(AccessPointRow, "laser-1")
        row.requirement = {**row.requirement, "subscription": True}
    use_once(at)
    place.clock.forward(hours=1)
    with place.database.write() as db:
        for subscription in db.scalars(select(SubscriptionRow)):
            subscription.valid_until = place.now
    place.clock.forward(hours=24)
    before = at.events().count("access_denied")
    if told == "late":
        tell_late(at)
    else:
        assert at.say(action="startuse", uid=CARD).stop is not None
    assert at.events().count("access_denied") == before + 1
    with place.database.read() as db:
        kinds = list(db.scalars(select(Alarm.kind)))
    assert kinds == (["grant_without_plan"] if told == "late" else [])


@pytest.mark.parametrize("how", ["lost, restored, lost again", "returned, undone", "nothing"])
def test_a_card_that_is_the_members_again_for_the_moment_of_the_report_is_in_doubt(
    at: Boards, how: str
) -> None:
    place = at.place
    set_tariff(place, POWERED)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        badge = db.scalars(select(CredentialRow.id)).one()
    use_once(at)
    place.clock.forward(hours=1)
    if how.startswith("lost"):
        with place.database.write() as db:
            credentials.mark_lost(db, badge, actor=BOSS, now=place.now)
    place.clock.forward(hours=9)
    with place.database.write() as db:
        if how.startswith("lost"):
            credentials.restore(db, badge, actor=desk, now=place.now)
        elif how.startswith("returned"):
            receipt = badge_return.return_with_receipt(
                db, badge, vault=VAULT, actor=desk, now=place.now
            )
    if how.startswith("returned"):
        place.clock.forward(seconds=20)
        with place.database.write() as db:
            badge_return.undo_return(db, receipt, at.amina, vault=VAULT, actor=desk, now=place.now)
    tell_late(at)
    if how.startswith("lost"):
        with place.database.write() as db:
            credentials.mark_lost(db, badge, actor=desk, now=place.now)
    follow(place)
    late = last_use(at)
    assert late.member_ref is not None
    first = (at.amina, 100)
    if how == "nothing":
        assert not late.is_doubtful
        assert (at.amina, 3200) in charged(at)
        return
    assert late.is_doubtful
    assert charged(at) == [first]
    assert caught_up(at).count("doubt") == 1
    assert reasons(at)
    with place.database.write() as db:
        assert rebuild(db) == []
