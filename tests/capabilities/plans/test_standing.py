"""A list of members is narrowed by how they stand, and tells their badge, on both databases."""

from datetime import timedelta

import pytest

from controller.capabilities.badges import credentials
from controller.capabilities.members import members
from controller.capabilities.plans import member_search, passes, subscriptions
from controller.capabilities.plans.member_filter import MemberFilter
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.domain.time import Utc
from controller.kernel.paging import Cursor
from tests.capabilities.conftest import BOSS, Place

WANTED = {
    MemberFilter.COVERED: {"Abel", "Bruno", "Fatou", "Greta"},
    MemberFilter.ENDING: {"Bruno"},
    MemberFilter.UNCOVERED: {"Chloé"},
    MemberFilter.NO_BADGE: {"Bruno", "Chloé", "Fatou", "Greta"},
    MemberFilter.SUSPENDED: {"Dora"},
    MemberFilter.LEFT: {"Émile"},
}


@pytest.fixture
def people(place: Place) -> Place:
    """Subscribed; soon over; over; suspended; left; with a pass; soon over and renewed."""
    spans = {"Bruno": [(-30, 10)], "Chloé": [(-30, -1)], "Greta": [(-30, 10), (10, 300)]}
    with place.database.write() as db:
        made = {name: place.member(db, name) for name in ("Abel", "Dora", "Émile")}
        made |= {name: place.member(db, name, plan=None) for name in (*spans, "Fatou")}
        ids = {name: member.id for name, member in made.items()}
        for name, span in spans.items():
            for start, end in span:
                new = NewSubscription(
                    member_id=ids[name],
                    plan_id="atelier",
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
            for name in ("Abel", "Greta", "Chloé", "Émile"):
                named = member_search.search(
                    db, name, standing=standing, actor=BOSS, now=people.now
                ).items
                assert {member.display_name for member in named} == {name} & names


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
    newest = ["Hugo Gil", "Gina", "Gaspard Girard", "Fatou", "Greta", "Bruno", "Abel"]
    assert seen == (by_word if query else newest)


def test_who_may_be_here_already(people: Place) -> None:
    with people.database.write() as db:
        people.member(db, "Bérénice Caudrelier-Wojciechowski")
        for typed in ("berenice caudr", "Bernadette Wojciechowski"):
            (found,) = member_search.similar_members(db, typed, actor=BOSS, now=people.now)
            assert found.display_name.startswith("Bérénice")
        for typed in ("", "Li Wo", "nobody at all"):
            assert member_search.similar_members(db, typed, actor=BOSS, now=people.now) == []
