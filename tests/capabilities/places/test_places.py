"""Sites, zones, schedules, plans, certifications and access points: made, read, changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from controller.capabilities.accounts import second_factors
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow, SecondFactorRule
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.places import schedules, sites, zones
from controller.capabilities.places.shapes import (
    ExceptionDay,
    NewSchedule,
    NewSite,
    NewZone,
    Span,
    Weekly,
)
from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import NewPlan
from controller.capabilities.training import certifications
from controller.capabilities.training.shapes import NewCertification
from controller.domain.facts import PointKind
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from controller.kernel.jsontypes import to_json
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from controller.policy.models import PolicySite
from controller.settings import SiteSettings
from tests.capabilities.conftest import BOSS, Place

NAME = Label(fr="Nom")
RESOURCES: dict[str, tuple[Any, Callable[[str], Any], dict[str, object]]] = {
    "zone": (zones, lambda key: NewZone(id=key, name=NAME), {"capacity": 12}),
    "plan": (plans, lambda key: NewPlan(id=key, name=NAME), {"schedule_id": "week"}),
    "schedule": (schedules, lambda key: NewSchedule(id=key, name=NAME), {"name": {"en": "X"}}),
    "certification": (
        certifications,
        lambda key: NewCertification(id=key, name=NAME),
        {"validity": {"kind": "date", "date": "2027-01-31"}},
    ),
    "access point": (
        access_points,
        lambda key: NewAccessPoint(id=key, name=NAME, kind=PointKind.MACHINE),
        {"requirement": {"certifications": [["laser", "rules"], "laser"]}},
    ),
}


def test_another_kind_of_validity_takes_nothing_over_from_the_one_before(place: Place) -> None:
    days = {"validity": {"kind": "duration", "days": 30}}
    with place.database.write() as db:
        for patch in (days, {"validity": {"kind": "never"}}, days):
            changed = certifications.change(
                db, "laser", patch, version=None, actor=BOSS, now=place.now
            )
            assert to_json(changed.validity) == patch["validity"]


@pytest.mark.parametrize("kind", RESOURCES)
def test_made_once_read_changed_and_listed(place: Place, kind: str) -> None:
    service, new, patch = RESOURCES[kind]
    with place.database.write() as db:
        made = service.create(db, new("zzz"), actor=BOSS, now=place.now)
        assert service.get(db, "zzz", actor=BOSS) == made
        with pytest.raises(Conflict, match="exists already"):
            service.create(db, new("zzz"), actor=BOSS, now=place.now)
        changed = service.change(db, "zzz", patch, version=made.version, actor=BOSS, now=place.now)
        assert changed.version == made.version + 1
        assert changed != made
        with pytest.raises(Stale):
            service.change(db, "zzz", patch, version=made.version, actor=BOSS, now=place.now)
        with pytest.raises(Invalid, match="zzz_unknown"):
            service.change(db, "zzz", {"zzz_unknown": 1}, version=None, actor=BOSS, now=place.now)
        assert service.page(db, actor=BOSS).items[-1] == changed
        with pytest.raises(NotFound):
            service.get(db, "none", actor=BOSS)
        desk, stranger = place.account(db, "desk", Role.DESK), Actor(ref="account:x")
        with pytest.raises(Forbidden):
            service.create(db, new("other"), actor=desk, now=place.now)
        with pytest.raises(Forbidden):
            service.change(db, "zzz", patch, version=None, actor=desk, now=place.now)
        with pytest.raises((NotFound, Forbidden)):
            service.get(db, "zzz", actor=stranger)


def test_what_is_asked_comes_back_as_it_was_written(place: Place) -> None:
    data = {
        "id": "x",
        "kind": "machine",
        "name": {"fr": "X"},
        "agent_id": "pi",
        "requirement": {"certifications": ["laser", ["laser", "rules"]], "company": 2},
        "session": {"idle_timeout_s": 60},
    }
    with place.database.write() as db:
        new = parse(data, NewAccessPoint)
        made = access_points.create(db, new, actor=BOSS, now=place.now)
    assert made.requirement.certifications == ("laser", ("laser", "rules"))
    assert made.session.idle_timeout_s == 60
    assert made.in_service
    assert not made.commissioned


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"agent_id": "none"}, "agent_id"),
        ({"zone_id": "none"}, "zone_id"),
        ({"requirement": {"plans": ["none"]}}, "requirement.plans"),
        ({"requirement": {"certifications": ["none"]}}, "requirement.certifications"),
        ({"door": {"public_schedule": "none"}}, "door.public_schedule"),
        ({"session": {"idle_timeout_s": -1}}, "session.idle_timeout_s"),
        ({"session": {"typo": 1}}, "session"),
        ({"name": {"fr": None}}, "name"),
    ],
)
def test_a_wrong_rule_names_the_field(place: Place, patch: object, field: str) -> None:
    with place.database.write() as db, pytest.raises(Invalid) as caught:
        access_points.change(db, "laser-1", patch, version=None, actor=BOSS, now=place.now)
    assert [error.field for error in caught.value.errors] == [field]


def test_out_of_service_needs_a_reason_that_people_read(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(Invalid, match="reason"):
            access_points.set_service(
                db, "laser-1", in_service=False, reason=None, actor=desk, now=place.now
            )
        out = access_points.set_service(
            db, "laser-1", in_service=False, reason="lens", actor=desk, now=place.now
        )
        assert (out.in_service, out.service_reason) == (False, "lens")
        back = access_points.set_service(
            db, "laser-1", in_service=True, reason=None, actor=desk, now=place.now
        )
        assert (back.in_service, back.service_reason) == (True, None)


def test_a_schedule_keeps_its_hours_and_dates(place: Place) -> None:
    new = NewSchedule(
        id="long",
        name=NAME,
        weekly=(Weekly(weekday=4, start="18:00", end="00:00"),),
        exceptions=(
            parse({"date": "2026-12-25"}, ExceptionDay),
            parse(
                {"date": "2026-12-24", "windows": [{"start": "08:00", "end": "12:00"}]},
                ExceptionDay,
            ),
        ),
    )
    with place.database.write() as db:
        made = schedules.create(db, new, actor=BOSS, now=place.now)
        assert (made.weekly, made.exceptions) == (new.weekly, new.exceptions)
        assert made.exceptions[1].windows == (Span(start="08:00", end="12:00"),)
        patch = {"weekly": [{"weekday": 0, "start": "12:00", "end": "08:00"}]}
        with pytest.raises(Invalid, match=r"weekly\.0"):
            schedules.change(db, "long", patch, version=None, actor=BOSS, now=place.now)


def test_whoever_administers_every_site_makes_one_more_and_administers_it(place: Place) -> None:
    new = NewSite(id="there", name=NAME)
    with place.database.write() as db:
        admin = place.account(db, "a", Role.ADMIN)
        for field in (
            {"opening": "week"},
            {"walking_times": ({"zones": ("wood", "y"), "seconds": 9},)},
        ):
            wrong = parse({"id": "there", "name": to_json(NAME)} | to_json(field), NewSite)
            with pytest.raises(Invalid, match=next(iter(field))):
                sites.create(db, wrong, actor=admin, now=place.now)
        made = sites.create(db, new, actor=admin, now=place.now)
        assert made.opening is None
        again = actor_of(db, db.get_one(AccountRow, admin.account_id))
        assert again.roles["there"] == {Role.ADMIN}
        assert db.get_one(PolicySite, "there").epoch == 1
        assert not second_factors.is_required(db, "there")
        with pytest.raises(Conflict, match="there"):
            sites.create(db, new, actor=again, now=place.now)
        before = NewSite(id="third", name=NAME)
        with pytest.raises(Forbidden, match="every site"):  # it has no role there yet
            sites.create(db, before, actor=admin, now=place.now)
        narrow = replace(again, scopes=frozenset({Permission.ACCOUNTS_WRITE}))
        with pytest.raises(Forbidden, match="every site"):
            sites.create(db, before, actor=narrow, now=place.now)
        assert sites.create(db, before, actor=again, now=place.now).id == "third"


def test_a_site_made_beside_sites_that_ask_for_a_second_factor_asks_for_one(place: Place) -> None:
    with place.database.write() as db:
        admin = place.account(db, "a", Role.ADMIN)
        db.add(SecondFactorRule(site_id="here"))
        db.flush()
        sites.create(db, NewSite(id="there", name=NAME), actor=admin, now=place.now)
        assert second_factors.is_required(db, "there")


def test_a_site_is_not_made_by_managers_and_changed_by_them(place: Place) -> None:
    with place.database.write() as db:
        manager = place.account(db, "m", Role.MANAGER)
        with pytest.raises(Forbidden, match="loquet init"):
            sites.create(db, NewSite(id="x", name=NAME), actor=manager, now=place.now)
        changed = sites.change(
            db, "here", {"opening": "week"}, version=1, actor=manager, now=place.now
        )
        assert changed.opening == "week"
        for patch, field in (
            ({"opening": "none"}, "opening"),
            ({"time_zone": "Mars"}, "time_zone"),
        ):
            with pytest.raises(Invalid, match=field):
                sites.change(db, "here", patch, version=None, actor=manager, now=place.now)
        assert [site.id for site in sites.page(db, actor=manager).items] == ["here"]
        assert sites.get(db, "here", actor=manager) == changed
        with pytest.raises(NotFound):
            sites.get(db, "here", actor=Actor(ref="account:x"))


def test_the_configured_site_is_made_once(place: Place) -> None:
    site = SiteSettings(id="there", name="There", time_zone="Europe/Brussels", language="en")
    with place.database.write() as db:
        assert sites.ensure_site(db, site, place.now)
        assert not sites.ensure_site(db, site, place.now)
        assert sites.get(db, "there", actor=BOSS).time_zone == "Europe/Brussels"


def test_with_several_sites_one_must_be_named(place: Place) -> None:
    with place.database.write() as db:
        sites.create(db, NewSite(id="there", name=NAME), actor=BOSS, now=place.now)
        with pytest.raises(Invalid, match="site_id"):
            zones.create(db, NewZone(id="z", name=NAME), actor=BOSS, now=place.now)
        new = NewZone(id="z", name=NAME, site_id="none")
        with pytest.raises(Invalid, match="no site none"):
            zones.create(db, new, actor=BOSS, now=place.now)
        made = zones.create(
            db, NewZone(id="z", name=NAME, site_id="there"), actor=BOSS, now=place.now
        )
        assert made.site_id == "there"
        # Somebody in charge of one site means that one.
        manager = place.account(db, "m", Role.MANAGER)
        assert zones.create(db, NewZone(id="y", name=NAME), actor=manager, now=place.now)
        with pytest.raises(NotFound):
            zones.get(db, "z", actor=manager)
        new = NewZone(id="w", name=NAME, site_id="there")
        with pytest.raises(Forbidden):
            zones.create(db, new, actor=manager, now=place.now)
