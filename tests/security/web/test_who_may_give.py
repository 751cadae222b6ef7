"""Who may give and take which role and which level: every pair, by the tables of decision 0102."""

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts
from controller.capabilities.training import member_certifications
from controller.capabilities.training.certify_rights import LEVELS_BY_ENTITLEMENT, Entitlement
from controller.capabilities.training.shapes import Grant
from controller.domain.facts import Level
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, NotFound
from tests.capabilities import second_site
from tests.capabilities.conftest import BOSS, Place, clock, database, live, place

__all__ = ["clock", "database", "live", "place"]

LEVELS = {
    Entitlement.TRAINER: {Level.ACCOMPANIED, Level.USER},
    Entitlement.MANAGER: set(Level),
    Entitlement.ADMIN: set(Level),
}
"""Written out again: a table that is changed by mistake is noticed."""


def giver_of(db: Session, place: Place, kind: Entitlement | Role) -> Actor:
    if kind is not Entitlement.TRAINER:
        return place.account(db, "giver", Role(kind.value))
    karim = place.member(db, "Karim")
    place.certify(db, karim.id, "laser", Level.TRAINER)
    return place.account(db, "giver", Role.TRAINER, member_id=karim.id)


def founded(db: Session, place: Place) -> None:
    """The certification has a trainer already."""
    place.certify(db, place.member(db, "The first").id, "laser", Level.TRAINER)
    place.clock.forward(seconds=1)


def tried(do: object) -> bool:
    try:
        do()  # type: ignore[operator]
    except (Forbidden, NotFound):
        return False
    return True


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("giver", Entitlement)
def test_who_may_give_which_level(place: Place, giver: Entitlement, level: Level) -> None:
    with place.database.write() as db:
        founded(db, place)
        person, actor = place.member(db), giver_of(db, place, giver)
        may = tried(
            lambda: member_certifications.grant(
                db, person.id, "laser", Grant(level=level), actor=actor, now=place.now
            )
        )
        assert may == (level in LEVELS[giver])
    assert {item: set(levels) for item, levels in LEVELS_BY_ENTITLEMENT.items()} == LEVELS


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("role", [Role.DESK, Role.TRAINER, Role.OBSERVER, Role.DPO, Role.MEMBER])
def test_no_other_role_gives_any_level(place: Place, role: Role, level: Level) -> None:
    """A role `trainer` alone gives nothing: it is the certification that makes a trainer of it."""
    with place.database.write() as db:
        founded(db, place)
        person, actor = place.member(db), giver_of(db, place, role)
        new = Grant(level=level)
        assert not tried(
            lambda: member_certifications.grant(
                db, person.id, "laser", new, actor=actor, now=place.now
            )
        )


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("giver", Entitlement)
def test_who_may_suspend_restore_or_lower_which_level(
    place: Place, giver: Entitlement, level: Level
) -> None:
    """Whoever may give a level may take it, and nobody else."""
    with place.database.write() as db:
        founded(db, place)
        person, other = place.member(db), place.member(db, "Other")
        for member in (person, other):
            place.certify(db, member.id, "laser", level)
        actor = giver_of(db, place, giver)
        now = place.clock.forward(seconds=1)
        said = (db, person.id, "laser", "why")
        lower = Grant(level=Level.ACCOMPANIED)
        found = {
            tried(lambda: member_certifications.suspend(*said, actor=actor, now=now)),
            tried(
                lambda: member_certifications.grant(
                    db, other.id, "laser", lower, actor=actor, now=now
                )
            ),
        }
        if found == {False}:
            member_certifications.suspend(*said, actor=BOSS, now=now)
        found.add(tried(lambda: member_certifications.restore(*said, actor=actor, now=now)))
        assert found == {level in LEVELS[giver]}


def test_who_trains_already_can_be_certified_again_by_another_trainer(place: Place) -> None:
    with place.database.write() as db:
        founded(db, place)
        person = place.member(db)
        place.certify(db, person.id, "laser", Level.TRAINER)
        actor = giver_of(db, place, Entitlement.TRAINER)
        again, now = Grant(level=Level.TRAINER), place.clock.forward(seconds=1)
        assert member_certifications.grant(db, person.id, "laser", again, actor=actor, now=now)
        after = place.clock.forward(days=400)
        place.certify(db, actor.member_id or "", "laser", Level.TRAINER)
        now = place.clock.forward(seconds=1)
        assert after < now
        with pytest.raises(Forbidden, match="manager"):
            member_certifications.grant(db, person.id, "laser", again, actor=actor, now=now)


@pytest.mark.parametrize("given", Role)
@pytest.mark.parametrize("giver", Role)
def test_who_may_give_and_take_which_role(place: Place, giver: Role, given: Role) -> None:
    with place.database.write() as db:
        place.account(db, "another-admin", Role.ADMIN)
        actor, other = place.account(db, "giver", giver), place.account(db, "other", Role.OBSERVER)
        key = other.account_id or ""

        def set_to(*roles: Role) -> bool:
            wanted = {"here": frozenset(roles)}
            return tried(lambda: accounts.set_roles(db, key, wanted, actor=actor, now=place.now))

        may = giver is Role.ADMIN
        assert set_to(Role.OBSERVER, given) == may
        accounts.set_roles(
            db, key, {"here": frozenset({Role.OBSERVER, given})}, actor=BOSS, now=place.now
        )
        assert set_to(Role.OBSERVER) == may


def test_nobody_but_an_admin_of_that_site_gives_a_role_there(place: Place) -> None:
    with place.database.write() as db:
        actor, other = place.account(db, "giver", Role.ADMIN), place.account(db, "other")
        second_site.add(db, place.now)
        wanted = {second_site.THERE: frozenset({Role.MEMBER})}
        with pytest.raises((Forbidden, NotFound)):
            accounts.set_roles(db, other.account_id or "", wanted, actor=actor, now=place.now)
