"""A use with a badge that was returned, lost or given away is nobody's until somebody decides."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members import record_merge
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage import doubts
from controller.capabilities.usage.activity import RECENT
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.hub.rebuild import rebuild
from controller.kernel.activity import ActivityQuery
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, NotFound
from controller.wire.events import AccessDenied, SessionEnded, SessionStarted
from controller.wire.ids import uuid7
from tests.hub.conftest import Place
from tests.hub.effects import ADMIN, People, give_badge
from tests.hub.fake_agent import START
from tests.hub.world import SITE


def after(seconds: float) -> Utc:
    return Utc.of(START + timedelta(seconds=seconds))


def used(place: Place, at_s: float, *, credential: str, member: str) -> str:
    """The box tells of a minute's use; returns the session."""
    session = uuid7()
    way = {"session_id": session, "member": member}
    place.agent.record(SessionStarted, at_s=at_s, credential=credential, **way)
    times = {"active_s": 60.0, "idle_s": 0.0, "powered_s": 60.0, "cause": "tap"}
    place.agent.record(SessionEnded, at_s=at_s + 60, **way, **times)
    return session


@pytest.mark.parametrize("end", ["returned", "lost", "given"])
def test_a_use_that_begins_after_its_badge_ended_is_in_doubt(place: Place, end: str) -> None:
    """What the box tells late of before that is not, nor is the new holder's use."""
    place.now = after(5000)
    database = place.world.database
    people = People(database)
    with database.write() as db:
        key = db.get_one(CredentialRow, people.badges[1]).holder_key
        way: dict[str, Any] = {"actor": ADMIN, "now": after(1000)}
        if end == "lost":
            credentials.mark_lost(db, people.badges[1], **way)
        else:
            credentials.return_badge(db, people.badges[1], **way)
    if end == "given":
        with database.write() as db:
            give_badge(db, people.ids[2], 1)
    former, new = ({"credential": key, "member": people.refs[at]} for at in (1, 2))
    before, late = (used(place, at_s, **former) for at_s in (900, 1100))
    theirs = used(place, 1200, **new) if end == "given" else None
    place.send(place.agent.batch())
    with database.write() as db:
        assert rebuild(db) == []
        assert {row.id: row.is_doubtful for row in db.scalars(select(SessionRow))} == {
            key: (True if key == late else None) for key in (before, late, theirs) if key
        }


@pytest.mark.parametrize("how", ["shortened", "lent on", "shortened and undone", "over by itself"])
def test_an_end_that_was_shortened_is_an_end(place: Place, how: str) -> None:
    """A lent badge is not taken back: its end is set to now, or soon, while the box is cut off."""
    place.now = after(5000)
    database = place.world.database
    people, vault = People(database), Vault(bytes(32), bytes(32))

    def lend(to: str, until_s: float, at_s: float) -> str:
        new = NewCredential(
            member_id=to, value="uid:04AABBCC00DD77", lent=True, valid_until=after(until_s)
        )
        with database.write() as db:
            return credentials.create(db, new, vault=vault, actor=ADMIN, now=after(at_s)).id

    badge = lend(people.ids[1], 1050 if how == "over by itself" else 9000, 500)
    with database.write() as db:
        key = db.get_one(CredentialRow, badge).holder_key
    ends = {"shortened": [1060], "lent on": [1000], "shortened and undone": [1060, 8000]}
    for at_s, end_s in enumerate(ends.get(how, []), 1000):
        patch = {"valid_until": after(end_s).text()}
        with database.write() as db:
            credentials.change(db, badge, patch, version=None, actor=ADMIN, now=after(at_s))
    if how in ("lent on", "over by itself"):
        lend(people.ids[2], 9000, 1070)
    before, late = (
        used(place, at_s, credential=key, member=people.refs[1]) for at_s in (900, 1100)
    )
    place.send(place.agent.batch())
    with database.write() as db:
        is_late = None if how == "shortened and undone" else True
        assert db.get_one(SessionRow, before).is_doubtful is None
        assert db.get_one(SessionRow, late).is_doubtful is is_late


@pytest.mark.parametrize(("second_at_s", "is_doubtful"), [(1050, True), (950, None)])
def test_only_a_badge_from_before_the_end_takes_the_doubt_away(
    place: Place, second_at_s: float, is_doubtful: bool | None
) -> None:
    """The desk gives the former holder another badge, and takes it in before the box tells."""
    place.now = after(5000)
    database = place.world.database
    people = People(database)
    with database.write() as db:
        key = db.get_one(CredentialRow, people.badges[1]).holder_key
        if second_at_s > 1000:
            credentials.return_badge(db, people.badges[1], actor=ADMIN, now=after(1000))
        second = NewCredential(member_id=people.ids[1], value="uid:04AABBCC00DD77")
        vault, now = Vault(bytes(32), bytes(32)), after(second_at_s)
        other = credentials.create(db, second, vault=vault, actor=ADMIN, now=now).id
        if second_at_s < 1000:
            credentials.return_badge(db, people.badges[1], actor=ADMIN, now=after(1000))
    late = used(place, 1100, credential=key, member=people.refs[1])
    with database.write() as db:
        credentials.return_badge(db, other, actor=ADMIN, now=after(1200))
    place.send(place.agent.batch())
    with database.write() as db:
        assert db.get_one(SessionRow, late).is_doubtful is is_doubtful


@pytest.mark.parametrize(
    ("returned_at_s", "is_doubtful"), [(4941, True), (4990, True), (4900, None)]
)
def test_a_return_that_is_undone_once_the_box_has_told_takes_no_doubt_away(
    place: Place, returned_at_s: float, is_doubtful: bool | None
) -> None:
    """A card was lent for the day; who lent it presses *return* on the holder's own badge."""
    place.now = after(5000)
    database = place.world.database
    people, vault = People(database), Vault(bytes(32), bytes(32))
    own, member = people.badges[1], people.ids[1]
    loan = NewCredential(
        member_id=member, value="uid:04AABBCC00DD77", lent=True, valid_until=after(20000)
    )
    way: dict[str, Any] = {"vault": vault, "actor": ADMIN}
    with database.write() as db:
        lent = credentials.create(db, loan, now=after(500), **way).id
        key = db.get_one(CredentialRow, lent).holder_key
        credentials.return_badge(db, lent, actor=ADMIN, now=after(1000))
    late = used(place, 1100, credential=key, member=people.refs[1])
    with database.write() as db:
        now = after(returned_at_s)
        receipt = badge_return.return_with_receipt(db, own, now=now, **way)
    place.send(place.agent.batch())
    if is_doubtful:
        with database.write() as db:
            now = after(returned_at_s + 60)
            badge_return.undo_return(db, receipt, member, now=now, **way)
    with database.write() as db:
        assert rebuild(db) == []
        assert db.get_one(SessionRow, late).is_doubtful is is_doubtful


@pytest.mark.parametrize(
    ("patches", "is_doubtful"),
    [
        ([{"valid_from": 8000}], True),
        ([{"valid_from": 8000}, {"valid_until": 9500}], True),
        ([{"valid_from": 8000}, {"valid_from": None}], None),
        ([{"valid_from": 1090}], None),
        ([{"valid_from": 900}], None),
    ],
    ids=["later", "later, and its end moved", "later and undone", "later, and come", "earlier"],
)
def test_a_badge_that_is_made_to_begin_later_ends_until_then(
    place: Place, patches: list[dict[str, float | None]], is_doubtful: bool | None
) -> None:
    place.now = after(5000)
    database = place.world.database
    people, vault = People(database), Vault(bytes(32), bytes(32))
    loan = NewCredential(
        member_id=people.ids[1], value="uid:04AABBCC00DD77", lent=True, valid_until=after(9000)
    )
    with database.write() as db:
        badge = credentials.create(db, loan, vault=vault, actor=ADMIN, now=after(500)).id
        key = db.get_one(CredentialRow, badge).holder_key
    for at_s, patch in enumerate(patches, 1000):
        to = {name: at and after(at).text() for name, at in patch.items()}
        with database.write() as db:
            credentials.change(db, badge, to, version=None, actor=ADMIN, now=after(at_s))
    before, late = (
        used(place, at_s, credential=key, member=people.refs[1]) for at_s in (990, 1100)
    )
    place.send(place.agent.batch())
    with database.write() as db:
        assert rebuild(db) == []
        assert db.get_one(SessionRow, before).is_doubtful is None
        assert db.get_one(SessionRow, late).is_doubtful is is_doubtful


@pytest.mark.parametrize(
    ("case", "is_doubtful"),
    [("told late", True), ("returned since", True), ("known", None), ("told in time", None)],
)
def test_a_badge_that_is_made_to_ask_for_keys_has_ended_for_a_box_that_cannot_know(
    place: Place, case: str, is_doubtful: bool | None
) -> None:
    """A box that knows switches the machine on for the card's proof alone."""
    database = place.world.database
    people, vault = People(database), Vault(bytes(32), bytes(32))
    loan = NewCredential(
        member_id=people.ids[1], value="uid:04AABBCC00DD77", lent=True, valid_until=after(9000)
    )
    with database.write() as db:
        badge = credentials.create(db, loan, vault=vault, actor=ADMIN, now=after(500)).id
        key = db.get_one(CredentialRow, badge).holder_key
    heard_at_s = 1040 if case == "known" else 900
    place.agent.record(AccessDenied, at_s=heard_at_s, reason="in_use")
    place.now = after(heard_at_s + 1)
    place.send(place.agent.batch())
    with database.write() as db:
        patch = {"assurance": "aes"}
        credentials.change(db, badge, patch, version=None, actor=ADMIN, now=after(1000))
    late = used(place, 1100, credential=key, member=people.refs[1])
    if case == "returned since":
        with database.write() as db:
            credentials.return_badge(db, badge, actor=ADMIN, now=after(1200))
    place.now = after(1110 if case == "told in time" else 5000)
    place.send(place.agent.batch())
    with database.write() as db:
        assert rebuild(db) == []
        assert db.get_one(SessionRow, late).is_doubtful is is_doubtful


def test_a_lost_badge_whose_period_is_changed_is_still_lost(place: Place) -> None:
    place.now = after(5000)
    database = place.world.database
    people = People(database)
    with database.write() as db:
        key = db.get_one(CredentialRow, people.badges[1]).holder_key
        credentials.mark_lost(db, people.badges[1], actor=ADMIN, now=after(1000))
    with database.write() as db:
        patch = {"valid_until": after(90000).text()}
        way: dict[str, Any] = {"version": None, "actor": ADMIN, "now": after(1050)}
        credentials.change(db, people.badges[1], patch, **way)
    late = used(place, 1100, credential=key, member=people.refs[1])
    place.send(place.agent.batch())
    with database.write() as db:
        assert db.get_one(SessionRow, late).is_doubtful


def test_somebody_with_the_right_to_money_confirms_it_and_can_undo_that(place: Place) -> None:
    place.now = after(5000)
    database = place.world.database
    people = People(database)
    with database.write() as db:
        key = db.get_one(CredentialRow, people.badges[1]).holder_key
        credentials.return_badge(db, people.badges[1], actor=ADMIN, now=after(1000))
    late = used(place, 1100, credential=key, member=people.refs[1])
    place.send(place.agent.batch())
    desk, treasurer = (
        Actor(ref=f"account:{role}", member_id=None, roles={SITE: frozenset({role})})
        for role in (Role.DESK, Role.TREASURER)
    )
    query = ActivityQuery(site=SITE, since=after(4000), now=place.now, until=place.now)
    with database.write() as db:
        (row,) = RECENT.read_rows(db, query)
        assert row.action is not None
        assert row.action.params == {"session": late}
        with pytest.raises(NotFound):
            doubts.decide(db, late, doubtful=False, actor=desk, now=place.now)
        user = db.scalar(select(MemberRow.id).where(MemberRow.ref == people.refs[1]))
        own = replace(treasurer, member_id=user)
        with pytest.raises(Forbidden, match="somebody else"):
            doubts.decide(db, late, doubtful=False, actor=own, now=place.now)
        doubts.decide(db, late, doubtful=False, actor=treasurer, now=place.now)
        assert list(RECENT.read_rows(db, query)) == []
        with pytest.raises(Conflict):
            doubts.decide(db, late, doubtful=False, actor=treasurer, now=place.now)
    place.send(place.agent.batch())
    with database.write() as db:
        assert rebuild(db) == []
        assert db.get_one(SessionRow, late).is_doubtful is False
        doubts.decide(db, late, doubtful=True, actor=treasurer, now=place.now)
        assert len(list(RECENT.read_rows(db, query))) == 1


@pytest.mark.parametrize("end", ["lost", "returned"])
def test_a_use_between_an_end_and_its_undoing_is_in_doubt(place: Place, end: str) -> None:
    """The friend at the desk restores the badge before the box tells of it."""
    place.now = after(5000)
    database = place.world.database
    people = People(database)
    vault = Vault(bytes(32), bytes(32))
    badge, member = people.badges[1], people.ids[1]
    with database.write() as db:
        key = db.get_one(CredentialRow, badge).holder_key
        way: dict[str, Any] = {"actor": ADMIN, "now": after(1000)}
        if end == "lost":
            credentials.mark_lost(db, badge, **way)
        else:
            receipt = badge_return.return_with_receipt(db, badge, vault=vault, **way)
    former = {"credential": key, "member": people.refs[1]}
    before, late, again = (used(place, at_s, **former) for at_s in (900, 1010, 1200))
    with database.write() as db:
        way["now"] = after(1050)
        if end == "lost":
            credentials.restore(db, badge, **way)
        else:
            badge_return.undo_return(db, receipt, member, vault=vault, **way)
    place.send(place.agent.batch())
    with database.write() as db:
        assert rebuild(db) == []
        sessions = {row.id: row.is_doubtful for row in db.scalars(select(SessionRow))}
    assert sessions == {before: None, late: True, again: None}


def test_a_lost_badge_that_is_suspended_is_still_lost(place: Place) -> None:
    place.now = after(5000)
    database = place.world.database
    people = People(database)
    with database.write() as db:
        key = db.get_one(CredentialRow, people.badges[1]).holder_key
        credentials.mark_lost(db, people.badges[1], actor=ADMIN, now=after(1000))
        credentials.suspend(db, people.badges[1], actor=ADMIN, now=after(1050))
    late = used(place, 1100, credential=key, member=people.refs[1])
    place.send(place.agent.batch())
    with database.write() as db:
        assert db.get_one(SessionRow, late).is_doubtful


@pytest.mark.parametrize("end", ["returned", "lost"])
def test_nor_does_a_merge_take_the_doubt_away(place: Place, end: str) -> None:
    """The box names the record that was merged into another since."""
    place.now = after(5000)
    database = place.world.database
    people = People(database)
    with database.write() as db:
        key = db.get_one(CredentialRow, people.badges[1]).holder_key
        way: dict[str, Any] = {"actor": ADMIN, "now": after(1000)}
        if end == "lost":
            credentials.mark_lost(db, people.badges[1], **way)
        else:
            credentials.return_badge(db, people.badges[1], **way)
    with database.write() as db:
        record_merge.merge(db, people.ids[2], people.ids[1], actor=ADMIN, now=after(1200))
    late = used(place, 1100, credential=key, member=people.refs[1])
    place.send(place.agent.batch())
    with database.write() as db:
        assert db.get_one(SessionRow, late).is_doubtful
