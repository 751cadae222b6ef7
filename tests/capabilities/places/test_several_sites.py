"""Several sites: who is known where, which certification counts where, and who may say so."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller import policy
from controller.capabilities.access import explain
from controller.capabilities.badges import credentials
from controller.capabilities.badges.changes import BadgeNeedsManager
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.machines import access_points
from controller.capabilities.members import members, record_merge, suspensions
from controller.capabilities.members.shapes import Member, NewMember
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.privacy import person_export
from controller.capabilities.training import (
    certifications,
    certify_several,
    courses,
    member_certifications,
)
from controller.capabilities.training.models import Scope
from controller.capabilities.training.shapes import Grant, NewCertification, NewCourse
from controller.domain.access.decision import DenyReason
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.audit import record as note
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.shapes import Label
from controller.policy import facts_of
from controller.policy.models import PolicyRow
from tests.capabilities import second_site
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.second_site import THERE

MANAGER = Actor(ref="account:a", roles={"here": frozenset({Role.MANAGER})})
MANAGER_THERE = Actor(ref="account:b", roles={THERE: frozenset({Role.MANAGER})})
ALL_THERE = {THERE: frozenset(Role)}


def visitor(db: Session, place: Place) -> Member:
    """Certified here, with a badge, known there too and subscribed there."""
    second_site.add(db, place.now)
    person = place.member(db)
    place.badge(db, person.id)
    place.certify(db, person.id, "laser")
    known = change(db, place, person, also_at=[THERE])
    start = Utc.of(place.now - timedelta(days=1))
    new = NewSubscription(member_id=person.id, plan_id="visit", valid_from=start, reason="signed")
    subscriptions.create(db, new, actor=MANAGER_THERE, now=place.now)
    return known


def change(db: Session, place: Place, person: Member, **patch: Any) -> Member:
    return members.change(db, person.id, patch, version=None, actor=MANAGER, now=place.now)


def scoped(db: Session, place: Place, scope: str, key: str = "laser") -> None:
    patch = {"scope": scope}
    certifications.change(db, key, patch, version=None, actor=BOSS, now=place.now)


def reason(db: Session, place: Place, person: Member, point: str) -> DenyReason | None:
    """What the API says of each access point, which the list of all says too."""
    found = explain.explain_access(db, person.id, point, actor=BOSS, now=place.now)
    listed = {
        str(verdict.point.id): verdict
        for verdict in explain.decisions_of_member(db, person.id, actor=BOSS, now=place.now)
    }
    assert point not in listed or listed[point].decision.reason is found.reason
    return found.reason


def rows_of(db: Session, site: str, version: int) -> set[tuple[str, bool]]:
    """The tables of the rows with this version, and whether each is there."""
    found = select(PolicyRow.table, PolicyRow.value.is_not(None)).where(
        PolicyRow.site_id == site, PolicyRow.version == version
    )
    return {(row[0], row[1]) for row in db.execute(found)}


def test_who_is_known_at_another_site_is_let_in_by_its_rules(place: Place) -> None:
    with place.database.write() as db:
        person = visitor(db, place)
        assert reason(db, place, person, "laser-there") is None
        assert reason(db, place, person, "laser-1") is None
        stranger = place.member(db)
        place.badge(db, stranger.id)
    with place.database.write() as db:
        assert reason(db, place, stranger, "door-there") is DenyReason.CREDENTIAL_UNKNOWN
        assert policy.check_policy(db, place.now) == []
        change(db, place, person, also_at=[])
    with place.database.read() as db:
        assert reason(db, place, person, "laser-there") is DenyReason.CREDENTIAL_UNKNOWN
        assert reason(db, place, person, "laser-1") is None
        assert policy.head(db, THERE).holders == 0
        assert policy.check_policy(db, place.now) == []


def test_recognition_writes_the_rows_that_it_affects_and_no_other(place: Place) -> None:
    with place.database.write() as db:
        person = visitor(db, place)
        other = place.member(db, "Basile")
        place.badge(db, other.id)
        change(db, place, other, also_at=[THERE])
        patch: Any = {"requirement": {"certifications": []}}
        access_points.change(
            db, "laser-there", patch, version=None, actor=MANAGER_THERE, now=place.now
        )
    for scope, there in (("site", ("certification", False)), ("network", ("certification", True))):
        with place.database.read() as db:
            before = {head.site_id: head.version for head in policy.heads(db)}
        with place.database.write() as db:
            scoped(db, place, scope)
        with place.database.read() as db:
            after = {head.site_id: head.version for head in policy.heads(db)}
            assert after == before | {THERE: before[THERE] + 1}
            assert rows_of(db, THERE, after[THERE]) == {there, ("holder", True)}
            changed = select(PolicyRow).where(
                PolicyRow.site_id == THERE, PolicyRow.version == after[THERE]
            )
            assert len(db.scalars(changed).all()) == 2
            assert policy.check_policy(db, place.now) == []
    with place.database.read() as db:
        assert member_certifications.get(db, person.id, "laser", actor=BOSS).level is Level.USER


def test_what_another_site_asks_for_stays_recognised(place: Place) -> None:
    with place.database.write() as db:
        visitor(db, place)
        with pytest.raises(Conflict, match="other sites require it"):
            scoped(db, place, "site")
        new = NewCourse(id="course", site_id="here", name=Label(fr="C"), grants=("rules",))
        courses.create(db, new, actor=BOSS, now=place.now)
        with pytest.raises(Conflict, match="course"):
            scoped(db, place, "site", "rules")
        courses.change(db, "course", {"scope": "site"}, version=None, actor=BOSS, now=place.now)
        scoped(db, place, "site", "rules")
        with pytest.raises(Invalid):
            courses.change(
                db, "course", {"scope": "network"}, version=None, actor=BOSS, now=place.now
            )
        asked = {"requirement": {"certifications": ["rules"]}}
        with pytest.raises(Invalid):
            access_points.change(db, "door-there", asked, version=None, actor=BOSS, now=place.now)


def test_a_certification_of_one_site_is_unknown_elsewhere(place: Place) -> None:
    with place.database.write() as db:
        person = visitor(db, place)
        new = NewCertification(id="kiln", site_id=THERE, scope=Scope.SITE, name=Label(fr="Four"))
        certifications.create(db, new, actor=MANAGER_THERE, now=place.now)
        member_certifications.grant(
            db, person.id, "kiln", Grant(), actor=MANAGER_THERE, now=place.now
        )
        assert [
            certification.id for certification in certifications.page(db, actor=MANAGER).items
        ] == ["laser", "rules"]
        with pytest.raises(NotFound):
            certifications.get(db, "kiln", actor=MANAGER)
        with pytest.raises(NotFound):
            member_certifications.get(db, person.id, "kiln", actor=MANAGER)
        assert [
            h.certification_id
            for h in member_certifications.of_member(db, person.id, actor=MANAGER)
        ] == ["laser"]
        own = Actor(ref="account:c", member_id=person.id)
        assert len(member_certifications.of_member(db, person.id, actor=own)) == 2
        stranger = place.member(db)
        with pytest.raises(NotFound):
            member_certifications.grant(db, stranger.id, "kiln", Grant(), actor=BOSS, now=place.now)
        with pytest.raises(Forbidden):
            member_certifications.grant(
                db, person.id, "kiln", Grant(), actor=MANAGER, now=later(place)
            )
        with pytest.raises(NotFound):
            certifications.change(db, "kiln", {}, version=None, actor=MANAGER, now=place.now)
        with pytest.raises(Forbidden, match="here"):
            certifications.change(db, "laser", {}, version=None, actor=MANAGER_THERE, now=place.now)


def later(place: Place) -> Utc:
    return place.clock.forward(hours=1)


def test_a_trainer_certifies_where_her_certification_counts(place: Place) -> None:
    with place.database.write() as db:
        person = visitor(db, place)
        trainer = place.member(db, "Chloé")
        place.certify(db, trainer.id, "laser", Level.TRAINER)
        place.certify(db, trainer.id, "rules", Level.TRAINER)
        local = second(db, place)
        trains = Actor(
            ref="account:t", member_id=trainer.id, roles={"here": frozenset({Role.TRAINER})}
        )
        member_certifications.grant(db, person.id, "laser", Grant(), actor=trains, now=later(place))
        with pytest.raises(NotFound):
            member_certifications.grant(
                db, local.id, "laser", Grant(), actor=trains, now=later(place)
            )
        both = Actor(
            ref="account:t",
            member_id=trainer.id,
            roles={"here": frozenset({Role.TRAINER}), THERE: frozenset({Role.TRAINER})},
        )
        member_certifications.grant(db, local.id, "laser", Grant(), actor=both, now=later(place))
        scoped(db, place, "site", "rules")
        with pytest.raises(NotFound):
            member_certifications.grant(
                db, local.id, "rules", Grant(), actor=both, now=later(place)
            )


def second(db: Session, place: Place) -> Member:
    """A member of the other site."""
    return members.create(
        db, NewMember(display_name="Denis", site_id=THERE), actor=BOSS, now=place.now
    )


def test_each_site_sees_its_own_subscriptions_bookings_and_people(place: Place) -> None:
    with place.database.write() as db:
        person = visitor(db, place)
        second(db, place)
        mine = subscriptions.page(db, actor=MANAGER).items
        theirs = subscriptions.page(db, actor=MANAGER_THERE).items
        assert [subscription.plan_id for subscription in (*mine, *theirs)] == ["atelier", "visit"]
        with pytest.raises(NotFound):
            subscriptions.get(db, mine[0].id, actor=MANAGER_THERE)
        new = NewSubscription(member_id=person.id, plan_id="atelier", valid_from=place.now)
        with pytest.raises(Invalid):
            subscriptions.create(db, new, actor=MANAGER_THERE, now=place.now)
        with pytest.raises(Forbidden):
            members.change(
                db, person.id, {"language": "en"}, version=None, actor=MANAGER_THERE, now=place.now
            )
        names = {member.display_name for member in members.page(db, actor=MANAGER_THERE).items}
        assert names == {person.display_name, "Denis"}
        start, end = (Utc.of(place.now + timedelta(hours=hours)) for hours in (1, 2))
        slot = NewBooking(
            member_id=person.id, access_point="laser-there", starts_at=start, ends_at=end
        )
        made = bookings.create(db, slot, actor=MANAGER_THERE, now=place.now)
        assert made.site_id == THERE
        with pytest.raises(NotFound):
            bookings.get(db, made.id, actor=MANAGER)
        change(db, place, person, also_at=[])
        assert db.get_one(BookingRow, made.id).closed_at == place.now
        with pytest.raises(Invalid):
            bookings.create(db, slot, actor=MANAGER_THERE, now=place.now)


def test_who_goes_from_one_site_to_another_is_counted_at_both(place: Place) -> None:
    with place.database.write() as db:
        person = visitor(db, place)
        come = NewPresence(zone_id="hall", member_id=person.id)
        presence.check_in(db, come, actor=MANAGER_THERE, now=place.now)
    later(place)
    with place.database.write() as db:
        come = NewPresence(zone_id="workshop", member_id=person.id)
        presence.check_in(db, come, actor=MANAGER, now=place.now)
    with place.database.read() as db:
        assert facts_of.site(db, THERE, place.now).zones["hall"].present == 0
        assert facts_of.site(db, "here", place.now).zones["workshop"].present == 1
        assert policy.check_policy(db, place.now) == []


def test_any_desk_that_knows_the_member_stops_a_lost_badge(place: Place) -> None:
    with place.database.write() as db:
        person = visitor(db, place)
        (badge,) = credentials.page(db, actor=MANAGER_THERE).items
        credentials.mark_lost(db, badge.id, actor=MANAGER_THERE, now=place.now)
        with pytest.raises(Forbidden):
            credentials.restore(db, badge.id, actor=MANAGER_THERE, now=place.now)
    with place.database.read() as db:
        assert reason(db, place, person, "laser-1") is DenyReason.CREDENTIAL_LOST
        assert reason(db, place, person, "laser-there") is DenyReason.CREDENTIAL_LOST
        assert policy.check_policy(db, place.now) == []


def test_a_manager_exports_what_is_of_their_own_site(place: Place) -> None:
    with place.database.write() as db:
        person = visitor(db, place)
        account = place.account(db, "amina", Role.MEMBER, member_id=person.id)
        note(db, account, place.now, "tariff_set", "tariff:1", THERE)
        note(db, account, place.now, "tariff_set", "tariff:2", "here")
    with place.database.read() as db:
        own, theirs, whole = (
            person_export.export(db, person.id, vault=VAULT, actor=who, now=place.now)
            for who in (Actor(ref="", member_id=person.id), MANAGER, BOSS)
        )
    plans = [{str(row["plan_id"]) for row in it.tables["subscription"]} for it in (own, whole)]
    assert plans == [{"atelier", "visit"}] * 2
    assert "other_sites" not in (*own.withheld, *whole.withheld)
    assert {row["plan_id"] for row in theirs.tables["subscription"]} == {"atelier"}
    assert theirs.tables.keys() >= {"account", "credential", "held", "member"}
    assert "other_sites" in theirs.withheld
    acts = [{entry.subject for entry in it.audit} for it in (own, theirs, whole)]
    assert {"tariff:1", "tariff:2"} <= acts[0] & acts[2]
    assert not {"tariff:1", "tariff:2"} & acts[1], "a manager doesn't read the audit"
    assert f"member:{person.id}" in acts[1]
    assert {entry.site_id for entry in theirs.audit} <= {"here", None}


def test_the_desk_that_makes_a_member_known_elsewhere_gets_no_managers_rights(place: Place) -> None:
    """Whoever works at the desk here and manages there decides nothing about the members here."""
    roles = {"here": frozenset({Role.DESK}), THERE: frozenset({Role.MANAGER})}
    both = Actor(ref="account:both", roles=roles)
    with place.database.write() as db:
        second_site.add(db, place.now)
        person = place.member(db)
        place.certify(db, person.id, "laser", Level.TRAINER)
        members.suspend(db, person.id, "stole tools", actor=MANAGER, now=place.now)
        patch = {"also_at": [THERE]}
        members.change(db, person.id, patch, version=None, actor=both, now=place.now)
    made: Any = {"actor": both, "now": later(place)}
    with place.database.write() as db:
        told = suspensions.current(db, person.id, actor=both)
        assert told is not None
        assert (told.reason, told.may_end) == (None, False)
        steps = member_certifications.history(db, person.id, "laser", **made)
        assert [step.reason for step in steps] == [None]
        with pytest.raises(Forbidden):
            members.reinstate(db, person.id, **made)
        for certification, level in product(("rules", "laser"), Level):
            if (certification, level) == ("rules", Level.USER):
                continue  # a document, which the desk records for others
            grant = Grant(level=level)
            with pytest.raises(Forbidden):
                member_certifications.grant(db, person.id, certification, grant, **made)
        with pytest.raises(Forbidden):
            member_certifications.suspend(db, person.id, "laser", "no", **made)


def test_a_site_gives_its_own_certifications_to_whoever_it_knows(place: Place) -> None:
    """Its trainers too; the home site of who gets it gives and suspends none of it."""
    with place.database.write() as db:
        person = visitor(db, place)
        new = NewCertification(id="kiln", site_id=THERE, scope=Scope.NETWORK, name=Label(fr="Four"))
        certifications.create(db, new, actor=MANAGER_THERE, now=place.now)
        made: Any = {"actor": MANAGER_THERE, "now": later(place)}
        assert member_certifications.grant(db, person.id, "kiln", Grant(), **made)
        home: Any = {"actor": MANAGER, "now": later(place)}
        with pytest.raises(Forbidden):
            member_certifications.grant(db, person.id, "kiln", Grant(), **home)
        with pytest.raises(Forbidden):
            member_certifications.suspend(db, person.id, "kiln", "no", **home)
        trainer = second(db, place)
        place.certify(db, trainer.id, "kiln", Level.TRAINER)
        roles = {site: frozenset({Role.TRAINER}) for site in ("here", THERE)}
        trains = Actor(ref="account:t", member_id=trainer.id, roles=roles)
        again: Any = {"actor": trains, "now": later(place)}
        assert member_certifications.grant(db, person.id, "kiln", Grant(), **again)


def test_a_home_site_makes_nobody_a_trainer_of_another_sites_certification(place: Place) -> None:
    """Neither the first nor another, nor by a merge; and it certifies nobody itself."""
    with place.database.write() as db:
        second_site.add(db, place.now)
        person = second(db, place)
        friend = second(db, place)
        first = Grant(level=Level.TRAINER, reason="the first")
    made: Any = {"actor": Actor(ref="account:x", roles=ALL_THERE), "now": later(place)}
    with place.database.write() as db:
        assert member_certifications.grantable(db, person.id, **made) == []
        offered = certify_several.offered_certifications
        assert offered(db, THERE, **made) == []
        for new in (first, Grant()):
            with pytest.raises(Forbidden):
                member_certifications.grant(db, person.id, "laser", new, **made)
        own: Any = {"actor": MANAGER, "now": place.now}
        assert offered(db, "here", **own) == ["laser", "rules"]
        place.certify(db, person.id, "laser", Level.TRAINER)
        with pytest.raises(Forbidden):
            member_certifications.grant(db, friend.id, "laser", first, **made)
        for kept, gone in ((friend, person), (person, friend)):
            with pytest.raises(BadgeNeedsManager, match="manager of here"), db.begin_nested():
                record_merge.merge(db, kept.id, gone.id, **made)
        assert record_merge.merge(db, friend.id, person.id, actor=BOSS, now=place.now)
