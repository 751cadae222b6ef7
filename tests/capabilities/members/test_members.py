"""Members: made, found as one types, changed, gone."""

from datetime import timedelta

import pytest

from controller.capabilities.access import explain
from controller.capabilities.accounts import sign_ins, tokens
from controller.capabilities.badges import credentials
from controller.capabilities.members import members, search, suspensions
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.plans import member_search, subscriptions
from controller.domain.access.decision import DenyReason
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from controller.kernel.paging import Cursor
from controller.policy import check_policy
from tests.capabilities.conftest import BOSS, Place

NOBODY = Actor(ref="account:nobody")


def names(place: Place, query: str, limit: int = 10) -> list[str]:
    with place.database.read() as db:
        page = member_search.search(
            db, query, actor=BOSS, now=place.now, cursor=Cursor(limit=limit)
        )
    return [member.display_name for member in page.items]


def test_words_are_folded() -> None:
    assert search.words("Éloïse d’Œuvre-Straße, ÉLOÏSE") == ["eloise", "d", "oeuvre", "strasse"]


def test_members_are_found_by_the_beginnings_of_words_in_any_order(place: Place) -> None:
    with place.database.write() as db:
        for name in ("Zoé d’Artois-Lefèvre", "Zacharie Lefort", "Amina Diallo"):
            place.member(db, name)
    assert names(place, "zoe") == ["Zoé d’Artois-Lefèvre"]
    assert names(place, "LEFÈ zo") == ["Zoé d’Artois-Lefèvre"]
    assert sorted(names(place, "lef")) == ["Zacharie Lefort", "Zoé d’Artois-Lefèvre"]
    assert names(place, "lef amina") == []
    assert names(place, " ") == ["Amina Diallo", "Zacharie Lefort", "Zoé d’Artois-Lefèvre"]


def test_a_search_goes_on_where_the_page_before_ended(place: Place) -> None:
    with place.database.write() as db:
        made = {place.member(db, f"Nora {letter}").id for letter in "abcde"}
    seen: list[str] = []
    after: str | None = None
    with place.database.read() as db:
        while True:
            cursor = Cursor(after=after, limit=2)
            page = member_search.search(db, "nora", actor=BOSS, now=place.now, cursor=cursor)
            seen += [member.id for member in page.items]
            after = page.next
            if after is None:
                break
    assert len(seen) == 5
    assert set(seen) == made


def test_a_result_shows_the_subscription_that_holds(place: Place) -> None:
    with place.database.write() as db:
        place.member(db, "Amina")
        (found,) = member_search.search(db, "am", actor=BOSS, now=place.now).items
    assert (found.plan_id, found.subscription_until) == ("atelier", None)


def test_a_renamed_member_is_found_by_the_new_name_only(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db, "Amina Diallo")
        patch = {"display_name": "Amina Sow", "email": "amina.sow@example.org"}
        changed = members.change(
            db, person.id, patch, version=person.version, actor=BOSS, now=place.now
        )
    assert changed.version == person.version + 1
    assert names(place, "diallo") == []
    assert names(place, "sow") == ["Amina Sow"]


def test_a_change_based_on_an_older_version_is_stale(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        with pytest.raises(Stale):
            members.change(
                db,
                person.id,
                {"language": "en"},
                version=person.version + 1,
                actor=BOSS,
                now=place.now,
            )


def test_two_changes_at_once_do_not_overwrite_each_other(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)

    def race() -> None:
        # Both have read version 1; on SQLite the reading one begins without the write lock.
        with place.database.read() as reading:
            seen = members.get(reading, person.id, actor=BOSS)
        with place.database.write() as first:
            members.change(
                first,
                person.id,
                {"language": "en"},
                version=seen.version,
                actor=BOSS,
                now=place.now,
            )
        with place.database.write() as second:
            members.change(
                second,
                person.id,
                {"status": "suspended"},
                version=seen.version,
                actor=BOSS,
                now=place.now,
            )

    with pytest.raises(Stale):
        race()


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"display_name": ""}, "display_name"),
        ({"display_name": None}, "display_name"),
        ({"email": "nobody"}, "email"),
        ({"id": "x"}, "id"),
        ({"status": "gone"}, "status"),
        ({"maintains": ["no-such"]}, "maintains"),
        ({"supervises": ["no-such"]}, "supervises"),
        ([], ""),
    ],
)
def test_a_wrong_change_names_the_field(place: Place, patch: object, field: str) -> None:
    with place.database.write() as db:
        person = place.member(db)
        with pytest.raises(Invalid) as caught:
            members.change(db, person.id, patch, version=None, actor=BOSS, now=place.now)
    assert [error.field for error in caught.value.errors] == [field]


def test_members_come_page_by_page(place: Place) -> None:
    with place.database.write() as db:
        ids = [place.member(db, f"Person {number}").id for number in range(3)]
        first = members.page(db, actor=BOSS, cursor=Cursor(limit=2))
        rest = members.page(db, actor=BOSS, cursor=Cursor(limit=2, after=first.next))
    assert [item.id for item in (*first.items, *rest.items)] == ids
    assert rest.next is None
    with pytest.raises(Invalid):
        Cursor(limit=501)


def test_only_those_in_charge_there_and_the_person_see_a_member(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        self = place.account(db, "amina", Role.MEMBER, member_id=person.id)
        desk = place.account(db, "desk", Role.DESK)
        assert members.get(db, person.id, actor=self).id == person.id
        assert members.get(db, person.id, actor=desk).id == person.id
        with pytest.raises(NotFound):
            members.get(db, person.id, actor=NOBODY)
        with pytest.raises(Forbidden):
            members.page(db, actor=self)
        with pytest.raises(Forbidden, match="rules:write"):
            members.change(
                db, person.id, {"maintains": ["laser-1"]}, version=None, actor=desk, now=place.now
            )
        with pytest.raises(Forbidden):
            members.create(
                db, NewMember(display_name="X", site_id="here"), actor=self, now=place.now
            )


def test_leaving_ends_badges_sign_ins_tokens_roles_and_subscriptions(place: Place) -> None:
    with place.database.write() as db:
        place.account(db, "chief", Role.ADMIN)
        person = place.member(db)
        place.badge(db, person.id)
        actor = place.account(db, "amina", Role.DESK, member_id=person.id)
        assert actor.account_id is not None
        scopes = [Permission.MEMBERS_READ]
        _, secret = tokens.add(db, actor.account_id, "script", scopes, place.now, actor)

    def signed_in() -> sign_ins.SignInResult | sign_ins.PendingSecondFactor | None:
        return sign_ins.sign_in(
            place.database, login="amina", password="correct horse", now=place.now
        )

    found = signed_in()
    assert isinstance(found, sign_ins.SignInResult)
    with place.database.write() as db:
        members.change(db, person.id, {"status": "left"}, version=None, actor=BOSS, now=place.now)
    with place.database.write() as db:
        (badge,) = credentials.page(db, actor=BOSS, member_id=person.id).items
        (period,) = subscriptions.page(db, actor=BOSS, member_id=person.id).items
        assert badge.status == "suspended"
        assert period.valid_until == place.now
        assert tokens.authenticate(db, secret, place.now) is None
        assert sign_ins.current_account(db, found.secret, now=place.now) is None
        assert members.get(db, person.id, actor=BOSS).status is MemberStatus.LEFT
    assert signed_in() is None


def test_the_last_admin_can_not_leave(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.account(db, "chief", Role.ADMIN, member_id=person.id)
        place.account(db, "desk", Role.DESK)
        with pytest.raises(Conflict, match="no admin left"):
            members.change(
                db, person.id, {"status": "left"}, version=None, actor=BOSS, now=place.now
            )


def test_why_somebody_is_suspended_is_for_managers_and_that_person(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.badge(db, person.id)
        desk = place.account(db, "desk", Role.DESK)
        other = place.account(db, "other", Role.DESK)
        boss = place.account(db, "boss", Role.MANAGER)
        herself = place.account(db, "her", Role.MEMBER, member_id=person.id)
        members.suspend(db, person.id, "lent her badge", actor=desk, now=place.now)
        answered = explain.explain_access(db, person.id, "door-1", actor=BOSS, now=place.now)
        assert answered.reason is DenyReason.MEMBER_SUSPENDED
        told = {
            who.ref: suspensions.current(db, person.id, actor=who)
            for who in (desk, other, boss, herself)
        }
        assert [suspension and suspension.reason for suspension in told.values()] == [
            None,
            None,
            "lent her badge",
            "lent her badge",
        ]
        assert [suspension and suspension.may_end for suspension in told.values()] == [
            True,
            False,
            True,
            False,
        ]
        with pytest.raises(Conflict):
            members.suspend(db, person.id, "again", actor=boss, now=place.now)
        with pytest.raises(Forbidden, match="who suspended"):
            members.reinstate(db, person.id, actor=other, now=place.now)
        members.reinstate(db, person.id, actor=boss, now=place.now)
        assert suspensions.current(db, person.id, actor=boss) is None
        assert explain.explain_access(db, person.id, "door-1", actor=BOSS, now=place.now).granted
        with pytest.raises(Conflict):
            members.reinstate(db, person.id, actor=boss, now=place.now)


def test_who_was_made_by_mistake_goes_with_what_was_given(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.badge(db, person.id)
        members.take_back(db, person.id, actor=BOSS, now=place.now)
        assert check_policy(db, place.now) == []
        with pytest.raises(NotFound):
            members.get(db, person.id, actor=BOSS)
        kept = place.member(db, "Retention")
        place.certify(db, kept.id, "laser")
        with pytest.raises(Conflict, match="other records refer"):
            members.take_back(db, kept.id, actor=BOSS, now=place.now)
        late = Utc.of(place.now + timedelta(minutes=6))
        with pytest.raises(Conflict, match="too late"):
            members.take_back(db, kept.id, actor=BOSS, now=late)
        assert len(credentials.page(db, actor=BOSS).items) == 0
        assert len(subscriptions.page(db, actor=BOSS, member_id=kept.id).items) == 1


def test_the_api_finds_by_name_whatever_the_accents(place: Place) -> None:
    with place.database.write() as db:
        zoe = place.member(db, "Zoé d’Artois-Lefèvre")
        place.member(db, "Zoltán")
        desk = place.account(db, "desk", Role.DESK)
        found = members.page(db, actor=desk, search="LEFE zo")
        assert [member.id for member in found.items] == [zoe.id]
        first = members.page(db, actor=desk, search="zo", cursor=Cursor(limit=1))
        rest = members.page(db, actor=desk, search="zo", cursor=Cursor(after=first.next, limit=1))
        names = [item.display_name for item in (*first.items, *rest.items)]
        assert names == ["Zoé d’Artois-Lefèvre", "Zoltán"]
        with pytest.raises(Forbidden):
            members.page(db, actor=NOBODY, search="zo")
