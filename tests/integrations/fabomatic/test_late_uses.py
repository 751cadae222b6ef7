"""Uses that a board reports once its network is back, with a card number only."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.activity.rows import list_activity
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.billing import points, statements
from controller.capabilities.billing.kinds import Counts
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.billing.review_points import ReviewReason
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans import passes
from controller.capabilities.plans.models import PassUse, SubscriptionRow
from controller.capabilities.plans.shapes import NewPass
from controller.capabilities.privacy.erasure import erase
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.privacy import forget_members
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.projections import EventsForgotten
from tests.capabilities.billing.month import follow, set_tariff
from tests.capabilities.conftest import BOSS, VAULT
from tests.integrations.fabomatic.conftest import CARD, STRANGER, Boards

HOURS_8 = 8 * 3600
LASER = MachineRate(access_point="laser-1", price_cents=100, step_min=15)


def charged(at: Boards) -> list[tuple[str | None, int]]:
    """The member and the cents of each charge that isn't zero."""
    with at.place.database.read() as db:
        rows = db.scalars(select(ChargeRow).where(ChargeRow.amount_cents != 0))
        return [(row.member_id, row.amount_cents) for row in rows]


def reasons(at: Boards, month: str = "2026-11") -> list[ReviewReason]:
    with at.place.database.read() as db:
        sums = statements.sums(db, "here", month, actor=BOSS, now=at.place.now)
        return [it.missing for it in points.before_closing(db, "here", month, sums, at.place.now)]


def caught_up(at: Boards) -> list[str]:
    """The kinds of rows of Catch up."""
    now = at.place.now
    with at.place.database.read() as db:
        page = list_activity(db, "here", Utc.of(now - timedelta(days=9)), actor=BOSS, now=now)
        return [row.activity.names[0] for section in page.sections for row in section.rows]


def desk_of(at: Boards) -> Actor:
    """Amina works at the desk."""
    with at.place.database.write() as db:
        return at.place.account(db, "desk", Role.DESK, member_id=at.amina)


def give(at: Boards, member_id: str, desk: Actor) -> None:
    new = NewCredential(member_id=member_id, value="uid:04000006")
    with at.place.database.write() as db:
        credentials.create(db, new, vault=VAULT, actor=desk, now=at.place.now)


def tell_late(at: Boards, duration_s: int = HOURS_8) -> None:
    at.say(action="startuse", uid=CARD, replay=True)
    at.say(action="stopuse", uid=CARD, duration=duration_s, replay=True)


@pytest.mark.parametrize("whose", ["still Amina's", "lost", "nobody's", "Zoe's", "Amina's again"])
@pytest.mark.parametrize("start", ["told late", "not told"])
def test_a_late_use_is_whoevers_the_card_was(at: Boards, whose: str, start: str) -> None:
    place = at.place
    set_tariff(place, LASER)
    desk = desk_of(at)
    with place.database.write() as db:
        zoe = place.member(db, "Zoe").id
    place.clock.forward(hours=1)
    at.say(action="checkuser", uid=CARD)
    at.say(action="startuse", uid=CARD)
    at.say(action="stopuse", uid=CARD, duration=60)
    place.clock.forward(hours=9)
    with place.database.write() as db:
        badge = db.scalars(select(CredentialRow.id)).one()
        if whose == "lost":
            credentials.mark_lost(db, badge, actor=desk, now=place.now)
        elif whose != "still Amina's":
            credentials.return_badge(db, badge, actor=desk, now=place.now)
    if whose in ("Zoe's", "Amina's again"):
        give(at, zoe if whose == "Zoe's" else at.amina, desk)
    if start == "told late":
        tell_late(at)
    else:
        at.say(action="stopuse", uid=CARD, duration=HOURS_8, replay=True)
    if whose == "nobody's":
        give(at, at.amina, desk)
    follow(place)
    with place.database.read() as db:
        late = db.scalars(select(SessionRow).order_by(SessionRow.id.desc())).first()
        amina = db.scalar(select(MemberRow.ref).where(MemberRow.id == at.amina))
    assert late is not None
    first = (at.amina, 100)
    began_before_the_loss = whose == "lost" and start == "not told"
    if whose == "still Amina's" or began_before_the_loss:
        assert (late.member_ref, late.is_doubtful) == (amina, None)
        assert charged(at).count(first) == 1
        assert not {ReviewReason.DOUBT, ReviewReason.NOBODYS_USE} & set(reasons(at))
        assert "doubt" not in caught_up(at)
        return
    assert late.member_ref == (amina if whose == "lost" else None)
    assert late.is_doubtful
    assert charged(at) == [first]
    point = ReviewReason.DOUBT if whose == "lost" else ReviewReason.NOBODYS_USE
    assert reasons(at) == [point]
    assert caught_up(at).count("doubt") == 1


def test_each_use_of_one_outage_is_judged_by_its_beginning(at: Boards) -> None:
    """The message of a late use says when it is sent, not when the use was."""
    desk = desk_of(at)
    at.say(action="checkuser", uid=CARD)
    at.place.clock.forward(hours=9)
    with at.place.database.write() as db:
        badge = db.scalars(select(CredentialRow.id)).one()
        credentials.return_badge(db, badge, actor=desk, now=at.place.now)
    give(at, at.amina, desk)
    at.place.clock.forward(hours=1)
    at.say(action="alive")
    for _use in range(2):
        tell_late(at, 60)
    at.say(action="checkuser", uid=CARD)
    at.say(action="startuse", uid=CARD)
    assert [user for user, *_ in at.uses()] == [None, None, "amina"]


def test_a_card_of_nobody_that_a_board_lets_in_by_itself_is_shown(at: Boards) -> None:
    set_tariff(at.place, LASER)
    at.say(action="startuse", uid=STRANGER)
    at.say(action="stopuse", uid=STRANGER, duration=HOURS_8)
    follow(at.place)
    assert reasons(at) == [ReviewReason.NOBODYS_USE]
    assert caught_up(at).count("doubt") == 1
    with at.place.database.write() as db:
        session = {"session_id": db.scalars(select(SessionRow.id)).one()}
        forget_members(db, EventsForgotten(fields=(session,)))
    assert "doubt" not in caught_up(at), "retention ends it"


@pytest.mark.parametrize("away", [timedelta(seconds=30), timedelta(days=3), timedelta(days=8)])
def test_nobody_erases_themselves_while_a_board_is_silent(at: Boards, away: timedelta) -> None:
    place = at.place
    with place.database.write() as db:
        me = place.account(db, "amina", Role.MEMBER, member_id=at.amina)
    at.say(action="alive")
    place.clock.forward(seconds=away.total_seconds())
    with place.database.write() as db:
        hindrance = erase.preview(db, at.amina, actor=me, now=place.now).hindered
        assert (hindrance is not None) is (away == timedelta(days=3))
        assert erase.preview(db, at.amina, actor=BOSS, now=place.now).hindered is None
    assert ("board" in caught_up(at)) is (away > timedelta(days=1))


@pytest.mark.parametrize("how", ["asked", "told late", "not asked"])
def test_each_day_of_use_spends_one_of_a_pass(at: Boards, how: str) -> None:
    place = at.place
    with place.database.write() as db:
        for row in db.scalars(select(SubscriptionRow)):
            db.delete(row)
        new = NewPass(member_id=at.amina, plan_id="atelier", units=10, valid_from=place.now)
        passes.create(db, new, actor=BOSS, now=place.now)
    replay = {"replay": True} if how == "told late" else {}
    at.say(action="checkuser", uid=CARD)
    for _day in range(3):
        if how == "asked":
            at.say(action="checkuser", uid=CARD)
        at.say(action="startuse", uid=CARD, **replay)
        at.say(action="stopuse", uid=CARD, duration=5, **replay)
        place.clock.forward(hours=24)
    with place.database.read() as db:
        assert len(db.scalars(select(PassUse)).all()) == 3


def test_what_a_board_reported_is_seen_though_its_end_comes_late(at: Boards) -> None:
    set_tariff(
        at.place,
        MachineRate(access_point="laser-1", price_cents=100, step_min=15, counts=Counts.RUNNING),
    )
    at.say(action="checkuser", uid=CARD)
    at.say(action="startuse", uid=CARD)
    for hours in range(1, 9):
        at.place.clock.forward(hours=1)
        at.say(action="inuse", uid=CARD, duration=3600 * hours)
    at.say(action="stopuse", uid=CARD, duration=HOURS_8 + 60, replay=True)
    assert at.uses() == [("amina", HOURS_8 + 60, 60.0, "badge_out")]
    follow(at.place)
    assert charged(at) == [(at.amina, 3200)]
