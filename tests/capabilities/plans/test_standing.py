"""A list of members is narrowed by how they stand, and tells their badge, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.capabilities.badges import credentials
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans import (
    attention_list,
    member_search,
    passes,
    renewals,
    subscriptions,
)
from controller.capabilities.plans.lengths import Length
from controller.capabilities.plans.member_filter import MemberFilter
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.domain.time import Utc
from controller.kernel.paging import Cursor
from tests.capabilities.conftest import BOSS, Place

WANTED = {
    MemberFilter.COVERED: {"Abel", "Bruno", "Fatou", "Greta", "Nadia"},
    MemberFilter.ENDING: {"Bruno", "Nadia"},
    MemberFilter.UNCOVERED: {"Chloé"},
    MemberFilter.NO_BADGE: {"Bruno", "Chloé", "Fatou", "Greta", "Nadia"},
    MemberFilter.SUSPENDED: {"Dora"},
    MemberFilter.LEFT: {"Émile"},
}


@pytest.fixture
def people(place: Place) -> Place:
    """Subscribed; soon over; over; suspended; left; with a pass; soon over and renewed; soon over,
    beside another plan."""
    spans = {
        "Bruno": [(-30, 10, "atelier")],
        "Chloé": [(-30, -1, "atelier")],
        "Greta": [(-30, 10, "atelier"), (10, 300, "bureau")],
        "Nadia": [(-30, 10, "atelier"), (-1, 300, "bureau")],
    }
    with place.database.write() as db:
        made = {name: place.member(db, name) for name in ("Abel", "Dora", "Émile")}
        made |= {name: place.member(db, name, plan=None) for name in (*spans, "Fatou")}
        ids = {name: member.id for name, member in made.items()}
        for name, span in spans.items():
            for start, end, plan in span:
                new = NewSubscription(
                    member_id=ids[name],
                    plan_id=plan,
                    valid_from=Utc.of(place.now + timedelta(days=start)),
                    valid_until=Utc.of(place.now + timedelta(days=end)),
                )
                subscriptions.create(db, new, actor=BOSS, now=place.now)
        day = NewPass(member_id=ids["Fatou"], plan_id="atelier", units=2, valid_from=place.now)
        passes.create(db, day, actor=BOSS, now=place.now)
        place.badge(db, ids["Abel"])
        credentials.mark_lost(db, place.badge(db, ids["Chloé"]), actor=BOSS, now=place.now)
        members.suspend(db, ids["Dora"], "a reason", actor=BOSS, now=place.now)
        left = {"status": "left"}
        members.change(db, ids["Émile"], left, version=None, actor=BOSS, now=place.now)
    return place


def test_each_standing_finds_its_own(people: Place) -> None:
    with people.database.read() as db:
        found = {
            standing: {
                member.display_name
                for member in member_search.search(
                    db, "", standing=standing, actor=BOSS, now=people.now
                ).items
            }
            for standing in MemberFilter
        }
        assert found == WANTED
        (abel,) = member_search.search(db, "abel", actor=BOSS, now=people.now).items
        assert (abel.badge, abel.is_covered) == ("0001", True)
        for standing, names in WANTED.items():
            for name in ("Abel", "Greta", "Nadia", "Chloé", "Émile"):
                named = member_search.search(
                    db, name, standing=standing, actor=BOSS, now=people.now
                ).items
                assert {member.display_name for member in named} == {name} & names


def test_a_plan_that_ends_is_shown_beside_one_that_goes_on(people: Place) -> None:
    """In the list, to be checked, and extended by an operation on several."""
    ends, later = (Utc.of(people.now + timedelta(days=days)) for days in (10, 300))
    with people.database.read() as db:
        (nadia,) = member_search.search(db, "nadia", actor=BOSS, now=people.now).items
        assert (nadia.plan_id, nadia.subscription_until) == ("atelier", ends)
        assert nadia.others == (("bureau", later),)
        listed = attention_list.attention_list(
            db, "here", today=people.now, actor=BOSS, now=people.now
        )
        assert [(one.name, one.plan_id) for one in listed.ending] == [
            ("Bruno", "atelier"),
            ("Nadia", "atelier"),
        ]
        rows = list(db.scalars(select(MemberRow).where(MemberRow.id == nadia.id)))
        (renewal,) = renewals.preview_renewals(db, rows, "here", Length.YEAR, people.now)
        assert (renewal.plan_id, renewal.starts) == ("atelier", ends)


@pytest.mark.parametrize("query", ["", "g"])
def test_each_page_of_a_list_goes_on_after_the_one_before(people: Place, query: str) -> None:
    with people.database.write() as db:
        for name in ("Gaspard Girard", "Gina", "Hugo Gil"):
            people.member(db, name)
    seen: list[str] = []
    with people.database.read() as db:
        cursor: Cursor | None = Cursor(limit=1)
        while cursor is not None:
            page = member_search.search(
                db, query, standing=MemberFilter.COVERED, actor=BOSS, now=people.now, cursor=cursor
            )
            seen += [member.display_name for member in page.items]
            cursor = Cursor(after=page.next, limit=1) if page.next else None
    by_word = ["Gaspard Girard", "Hugo Gil", "Gina", "Gaspard Girard", "Greta"]
    newest = ["Hugo Gil", "Gina", "Gaspard Girard", "Fatou", "Nadia", "Greta", "Bruno", "Abel"]
    assert seen == (by_word if query else newest)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lea verhaege", ["Léa Verhaeghe"]),
        ("verhaegen lea", []),
        ("Léa Verhaeghes", ["Léa Verhaeghe"]),
        ("Léa Vermaeghe", ["Léa Verhaeghe"]),
        ("Lea Verage", []),
    ],
)
def test_one_letter_of_a_long_name_may_differ(people: Place, typed: str, found: list[str]) -> None:
    with people.database.write() as db:
        for name in ("Léa Verhaeghe", "Hugo Gil"):
            people.member(db, name)
        rows = member_search.similar_members(db, typed, actor=BOSS, now=people.now)
    assert [row.display_name for row in rows] == found


def test_who_may_be_here_already(people: Place) -> None:
    with people.database.write() as db:
        people.member(db, "Bérénice Caudrelier-Wojciechowski")
        for typed in ("berenice caudr", "Bernadette Wojciechowski"):
            (found,) = member_search.similar_members(db, typed, actor=BOSS, now=people.now)
            assert found.display_name.startswith("Bérénice")
        for typed in ("", "Li Wo", "nobody at all"):
            assert member_search.similar_members(db, typed, actor=BOSS, now=people.now) == []
