"""Groups of visitors: one badge, heads, a supervisor; and supervision windows at the desk."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller import policy
from controller.assembly import HOUSE
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.groups import groups, windows
from controller.capabilities.groups.messages import WindowOpenedMessage
from controller.capabilities.groups.models import GroupRow, WindowRow
from controller.capabilities.groups.shapes import Group, GroupBadge, NewGroup, NewWindow, Window
from controller.capabilities.members import members
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.presence import presence
from controller.domain.access.decide import decide
from controller.domain.access.decision import DenyReason
from controller.domain.facts import Context, CredentialStatus, Language, Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from controller.kernel.message import MessageContext
from controller.kernel.shapes import Label
from controller.kernel.translation import translator
from controller.policy import facts_of
from controller.policy.compile import compile_rows
from tests.capabilities.conftest import BOSS, VAULT, Place

STRANGER = Actor(ref="account:x", roles={"elsewhere": frozenset({Role.ADMIN})})
EMAIL = "ada@example.org"
NUMBER = "uid:04AABBCCDDEE00"


def ends(place: Place) -> Utc:
    return Utc.of(place.now + timedelta(hours=3))


def come(db: Session, place: Place, actor: Actor = BOSS, **more: object) -> Group:
    """A group of eight for three hours, with a badge."""
    fields: dict[str, object] = {
        "name": "École Jean-Moulin",
        "headcount": 8,
        "ends_at": ends(place),
        "value": NUMBER,
    }
    new = NewGroup(**(fields | more))  # type: ignore[arg-type]
    return groups.create(db, new, vault=VAULT, actor=actor, now=place.now)


def change(db: Session, place: Place, group: Group, actor: Actor = BOSS, **patch: object) -> Group:
    return groups.change(db, group.id, patch, version=None, actor=actor, now=place.now)


def supervisor(db: Session, place: Place) -> str:
    """A member who supervises the workshop."""
    ada = place.member(db, "Ada").id
    patch = {"supervises": ["workshop"]}
    members.change(db, ada, patch, version=None, actor=BOSS, now=place.now)
    return ada


def give_address(db: Session, place: Place, member: str) -> None:
    patch = {"email": EMAIL}
    members.change(db, member, patch, version=None, actor=BOSS, now=place.now)


def opened(db: Session, place: Place, member: str | None, actor: Actor = BOSS) -> Window:
    new = NewWindow(zone_id="workshop", member_id=member)
    return windows.open_window(db, new, actor=actor, now=place.now)


def tap(db: Session, place: Place, group: Group, point: str) -> DenyReason | None:
    """What an agent answers to the group's badge, from the site's policy."""
    (holder,) = compile_rows(db, "group", "here", [group.id], place.now).values()
    context = Context(
        assurance=holder.assurance,
        clock_trusted=True,
        policy_age_s=0.0,
        windows=facts_of.windows(db, "here", place.now),
    )
    where = facts_of.point(db, "here", point, place.now), facts_of.site(db, "here", place.now)
    return decide(holder, *where, place.now, context).reason


def test_a_group_works_only_in_a_window_and_only_at_what_it_is_accompanied_at(place: Place) -> None:
    with place.database.write() as db:
        ada = supervisor(db, place)
        group = come(db, place)
        assert tap(db, place, group, "door-1") is DenyReason.SUPERVISOR_REQUIRED
        opened(db, place, ada)
        assert tap(db, place, group, "door-1") is None
        assert tap(db, place, group, "laser-1") is DenyReason.CERTIFICATION_MISSING
        change(db, place, group, accompanied=["laser"])
        assert tap(db, place, group, "laser-1") is None
        place.clock.forward(hours=3)
        assert tap(db, place, group, "door-1") is DenyReason.CREDENTIAL_EXPIRED
    with place.database.read() as db:
        assert policy.check_policy(db, place.now) == []


def test_the_policy_follows_a_groups_heads_badge_and_end(place: Place) -> None:
    def holders() -> int:
        with place.database.read() as db:
            assert policy.check_policy(db, place.now) == []
            return policy.head(db, "here").holders

    with place.database.write() as db:
        group = come(db, place, value=None)
        assert group.badge is None
    assert holders() == 0
    with place.database.write() as db:
        lent = groups.give_badge(
            db, group.id, GroupBadge(value=NUMBER), vault=VAULT, actor=BOSS, now=place.now
        )
        assert lent.badge is not None
        assert (lent.badge.value, lent.badge.status) == ("uid:••••••••••EE00", "active")
    assert holders() == 1
    with place.database.write() as db:
        change(db, place, group, headcount=9)
        again = GroupBadge(value="uid:04AABBCCDDEE01")
        groups.give_badge(db, group.id, again, vault=VAULT, actor=BOSS, now=place.now)
    assert holders() == 2
    with place.database.write() as db:
        groups.end(db, group.id, actor=BOSS, now=place.now)
        groups.end(db, group.id, actor=BOSS, now=place.now)
        with pytest.raises(Conflict, match="has returned its badge"):
            change(db, place, group, headcount=7)
        come(db, place)
    assert holders() == 1


def test_presence_counts_a_groups_heads_as_they_change(place: Place) -> None:
    with place.database.write() as db:
        group = come(db, place)
        ref = db.get_one(GroupRow, group.id).ref
        presence.move(db, "here", "workshop", ref, heads=8, at=place.now, now=place.now)
        change(db, place, group, headcount=11)
        (inside,) = presence.page(db, actor=BOSS).items
        assert (inside.name, inside.heads, inside.member_id) == ("École Jean-Moulin", 11, None)
        assert inside.until == ends(place)
        assert facts_of.site(db, "here", place.now).zones["workshop"].present == 11
        groups.end(db, group.id, actor=BOSS, now=place.now)
        assert presence.page(db, actor=BOSS).items == []
    with place.database.read() as db:
        assert policy.check_policy(db, place.now) == []


def test_who_may_make_and_see_groups_and_what_they_are_accompanied_at(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        tim = place.member(db, "Tim").id
        place.certify(db, tim, "laser", Level.TRAINER)
        trainer = place.account(db, "tim", Role.TRAINER, Role.DESK, member_id=tim)
        club = organisations.create(
            db, NewOrganisation(name=Label(fr="Club")), actor=BOSS, now=place.now
        )
        group = come(db, place, organisation_id=club.id)
        with pytest.raises(Forbidden, match="laser"):
            change(db, place, group, desk, accompanied=["laser"])
        assert change(db, place, group, trainer, accompanied=["laser"]).accompanied == ("laser",)
        assert change(db, place, group, desk, headcount=9).accompanied == ("laser",)
        longer = Utc.of(group.ends_at + timedelta(days=300)).text()
        with pytest.raises(Forbidden, match="laser"):
            change(db, place, group, desk, ends_at=longer)
        over = Utc.of(place.now - timedelta(hours=1)).text()
        for wrong in (
            {"organisation_id": "none"},
            {"accompanied": ["none"]},
            {"headcount": 0},
            {"ends_at": over},
        ):
            with pytest.raises(Invalid, match=next(iter(wrong))):
                groups.change(db, group.id, wrong, version=None, actor=BOSS, now=place.now)
        with pytest.raises(Stale):
            groups.change(db, group.id, {}, version=1, actor=desk, now=place.now)
        assert groups.page(db, actor=STRANGER).items == []
        with pytest.raises(NotFound):
            groups.get(db, group.id, actor=STRANGER)
        with pytest.raises(Forbidden):
            come(db, place, place.account(db, "observer", Role.OBSERVER))
        with pytest.raises(Conflict, match="already given"):
            come(db, place)


def test_only_who_may_correct_money_lends_a_badge_to_a_group_that_somebody_pays_for(
    place: Place,
) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        treasurer = place.account(db, "treasurer", Role.DESK, Role.TREASURER)
        club = organisations.create(
            db, NewOrganisation(name=Label(fr="Club")), actor=BOSS, now=place.now
        )
        group = come(db, place, organisation_id=club.id)

        def lend(actor: Actor, value: str) -> str:
            badge = GroupBadge(value=value)
            lent = groups.give_badge(
                db, group.id, badge, vault=VAULT, actor=actor, now=place.now
            ).badge
            return lent.value[-4:] if lent else ""

        own_card = "uid:04AABBCCDDEE01"
        with pytest.raises(Forbidden, match="money:write"):
            lend(desk, own_card)
        badges = db.query(CredentialRow).filter_by(group_id=group.id).all()
        assert [badge.status for badge in badges] == [CredentialStatus.ACTIVE], "it isn't lost"
        assert lend(treasurer, own_card) == "EE01"
        change(db, place, group, organisation_id=None)
        assert lend(desk, "uid:04AABBCCDDEE02") == "EE02"


def test_the_desk_opens_no_window_for_whom_it_gave_an_address_before_they_supervised(
    place: Place,
) -> None:
    """The address may be the desk's own. After a month whoever doesn't get letters has noticed."""
    with place.database.write() as db:
        zoe, desk = place.member(db, "Zoé").id, place.account(db, "desk", Role.DESK)
        for patch, actor in (({"email": EMAIL}, desk), ({"supervises": ["workshop"]}, BOSS)):
            members.change(db, zoe, patch, version=None, actor=actor, now=place.now)
    with place.database.write() as db, pytest.raises(Forbidden, match="certify"):
        opened(db, place, zoe, desk)
    place.clock.forward(days=31)
    with place.database.write() as db:
        opened(db, place, zoe, desk)


def test_a_window_opened_at_the_desk_is_the_supervisors_and_ends_by_the_clock(place: Place) -> None:
    with place.database.write() as db:
        ada, zoe = supervisor(db, place), place.member(db, "Zoé").id
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            opened(db, place, ada, desk)
        give_address(db, place, ada)
        window = opened(db, place, ada, desk)
        assert (window.member_id, window.name) == (ada, "Ada")
        assert window.until == Utc.of(place.now + timedelta(minutes=240))
        with pytest.raises(Conflict, match="open already"):
            opened(db, place, ada, desk)
        with pytest.raises(Invalid, match="does not supervise"):
            opened(db, place, zoe, desk)
        with pytest.raises(Invalid, match="zone_id"):
            windows.open_window(db, NewWindow(zone_id="none"), actor=desk, now=place.now)
        with pytest.raises(Invalid, match="member_id"):
            opened(db, place, None, desk)
        assert [window.id for window in windows.page(db, actor=desk, now=place.now).items] == [
            window.id
        ]
        assert windows.page(db, actor=STRANGER, now=place.now).items == []
    with place.database.write() as db:
        assert len(facts_of.windows(db, "here", place.now)) == 1
        windows.close_ended(db, place.clock.forward(minutes=240))
        row = db.scalars(select(WindowRow)).one()
        assert (row.closed_at, row.closed_by) == (window.until, windows.CLOCK)
        assert windows.page(db, actor=BOSS, now=place.now).items == []
    with place.database.read() as db:
        assert policy.check_policy(db, place.now) == []


def test_whoever_supervises_without_having_asked_for_it_hears_of_it_at_once(place: Place) -> None:
    """Absent or not: others work in that name. One's own window is no news."""
    with place.database.write() as db:
        ada = supervisor(db, place)
        give_address(db, place, ada)
        own = place.account(db, "ada@login.example", Role.MEMBER, member_id=ada)
        window = opened(db, place, ada, place.account(db, "desk", Role.DESK))
        told = select(MessageRow).where(MessageRow.what == WindowOpenedMessage.WHAT)
        rows = db.scalars(told.order_by(MessageRow.key)).all()
        assert [row.address for row in rows] == [EMAIL, "ada@login.example"]
        sent = HOUSE.messages.read(rows[0].what, rows[0].detail)
        assert sent is not None
        for language, says in (
            (Language.FR, "jusqu’au 24 novembre à 15:00"),
            (Language.EN, "15:00"),
        ):
            at = MessageContext(
                translator=translator(db, language),
                place="Ici",
                zone="Europe/Paris",
                now=place.now,
                secret="",
                db=db,
            )
            letter = sent.letter(at)
            assert says in letter.lines[0]
            assert "Workshop" in letter.subject
        windows.close(db, window.id, actor=own, now=place.now)
        opened(db, place, None, own)
        assert len(db.scalars(told).all()) == 2


def test_a_supervisor_opens_and_closes_her_own_and_no_other_member_does(place: Place) -> None:
    with place.database.write() as db:
        ada, zoe = supervisor(db, place), place.member(db, "Zoé").id
        hers = place.account(db, "ada", Role.MEMBER, member_id=ada)
        other = place.account(db, "zoe", Role.MEMBER, member_id=zoe)
        with pytest.raises(Forbidden):
            opened(db, place, ada, other)
        short = NewWindow(zone_id="workshop", minutes=5)
        window = windows.open_window(db, short, actor=hers, now=place.now)
        assert window.until == Utc.of(place.now + timedelta(minutes=5))
        with pytest.raises(NotFound):
            windows.close(db, window.id, actor=other, now=place.now)
        for _ in range(2):
            closed = windows.close(db, window.id, actor=hers, now=place.now)
            assert closed.closed_at == place.now
        assert windows.get(db, window.id, actor=hers) == closed
        with pytest.raises(NotFound):
            windows.get(db, window.id, actor=STRANGER)


@pytest.mark.parametrize("patch", [{"supervises": []}, {"status": "left"}, {"status": "suspended"}])
def test_who_no_longer_supervises_or_has_left_answers_for_nobody(
    place: Place, patch: dict[str, object]
) -> None:
    with place.database.write() as db:
        ada = supervisor(db, place)
        opened(db, place, ada)
    with place.database.write() as db:
        members.change(db, ada, patch, version=None, actor=BOSS, now=place.now)
        assert windows.page(db, actor=BOSS, now=place.now).items == []
    with place.database.read() as db:
        assert facts_of.windows(db, "here", place.now) == ()
        assert policy.check_policy(db, place.now) == []


def test_who_ended_a_group_undoes_it_and_brings_no_badge_back_that_was_lost_since(
    place: Place,
) -> None:
    def end() -> tuple[bytes, ...]:
        with place.database.write() as db:
            return groups.end_with_receipts(db, group, vault=VAULT, actor=BOSS, now=place.now)

    def again(receipts: tuple[bytes, ...], actor: Actor = BOSS) -> Group:
        with place.database.write() as db:
            return groups.undo_end(db, group, receipts, vault=VAULT, actor=actor, now=place.now)

    with place.database.write() as db:
        group = come(db, place).id
        desk = place.account(db, "desk", Role.DESK)
    first = end()
    for receipts in (first, ()):
        with pytest.raises(Conflict, match="somebody else ended"):
            again(receipts, desk)
    assert again(first).badge is not None
    with place.database.write() as db:
        new = GroupBadge(value="uid:04FFFFFFFFFFFF")
        groups.give_badge(db, group, new, vault=VAULT, actor=BOSS, now=place.now)
    place.clock.forward(seconds=5)
    last = end()
    with pytest.raises(Conflict, match="was here again since"):
        again(first)
    again(last)
    with place.database.read() as db:
        theirs = select(CredentialRow.status).where(CredentialRow.group_id == group)
        assert set(db.scalars(theirs)) == {CredentialStatus.LOST, CredentialStatus.ACTIVE}
