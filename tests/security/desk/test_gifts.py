"""What the desk gives for nothing, or takes from somebody, needs who may decide it, and why."""

import html
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from controller.capabilities.billing import tariffs
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.rates import MachineRate, PassRate, SubscriptionRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.desk import entries
from controller.capabilities.members import members, suspensions
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.plans import passes, renewals, subscriptions
from controller.capabilities.plans.lengths import Length, add_length
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.capabilities.presence.shapes import NewPresence
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid
from tests.capabilities import second_site
from tests.capabilities.billing.month import owed, set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.conftest import Desk, bearer

SOLD = (
    SubscriptionRate(plan_id="atelier", price_cents=2000),
    PassRate(plan_id="atelier", units=10, price_cents=3600),
)
"""The plan `bureau` has no price."""
WHY = "Membre d’honneur"
LONG_AGO = Utc.parse("2026-11-10T10:00:00.000Z")


def reasons(place: Place, action: str) -> list[str | None]:
    """Those that the audit has, of each act of this kind."""
    with place.database.read() as db:
        return [it.reason for it in audit.entries(db, actor=BOSS).items if it.action == action]


def subscribe(db: Session, place: Place, actor: Actor, member: str, **how: object) -> str:
    end = Utc.of(place.now + timedelta(days=30))
    fields = {"plan_id": "bureau", "valid_from": place.now, "valid_until": end} | how
    new = NewSubscription(member_id=member, **fields)  # type: ignore[arg-type]
    return subscriptions.create(db, new, actor=actor, now=place.now).id


def give(db: Session, place: Place, actor: Actor, member: str, **how: object) -> str:
    fields = {"plan_id": "atelier", "units": 11, "valid_from": place.now} | how
    new = NewPass(member_id=member, **fields)  # type: ignore[arg-type]
    return passes.create(db, new, actor=actor, now=place.now).id


def test_what_the_tariff_does_not_name_or_began_before_today_is_no_gift_of_the_desks(
    place: Place,
) -> None:
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        earlier = {"plan_id": "atelier", "units": 10, "valid_from": LONG_AGO}
        period = {"plan_id": "atelier", "valid_from": LONG_AGO}
        for make, how in ((subscribe, {}), (subscribe, period), (give, {}), (give, earlier)):
            with pytest.raises(Forbidden, match="money:write"):
                make(db, place, desk, member, **how)
            with pytest.raises(Invalid, match="reason"):
                make(db, place, manager, member, **how)
            make(db, place, manager, member, reason=WHY, **how)
        other = place.member(db, plan=None).id
        subscribe(db, place, desk, other, plan_id="atelier")
        give(db, place, desk, other, units=10)
    assert reasons(place, "subscription_created") == [WHY, WHY, None]
    assert reasons(place, "pass_created") == [WHY, WHY, None]


def test_a_price_is_for_a_year_at_most(place: Place) -> None:
    """Without an end, or longer, a subscription would cost one period all the same."""
    set_tariff(place, *SOLD, SubscriptionRate(plan_id="bureau", price_cents=0))
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        program = replace(manager, per_minute=60)
        year = add_length(place.now, Length.YEAR, ZoneInfo("Europe/Paris"))
        made = subscribe(db, place, desk, member, plan_id="atelier", valid_until=year)
        for end in (None, Utc.of(year + timedelta(days=1)), Utc.parse("2125-01-01T10:00:00.000Z")):
            how = {"plan_id": "atelier", "valid_until": end}
            with pytest.raises(Forbidden, match="money:write"):
                subscribe(db, place, desk, member, **how)
            with pytest.raises(Invalid, match="reason"):
                subscribe(db, place, manager, member, **how)
            patch = {"valid_until": end and end.text()}
            with pytest.raises(Forbidden, match="money:write"):
                subscriptions.change(db, made, patch, version=None, actor=desk, now=place.now)
            subscribe(db, place, program, place.member(db, plan=None).id, **how)
        subscribe(db, place, desk, member, plan_id="bureau", valid_until=None)
    with place.database.read() as db:
        found = audit.entries(db, actor=BOSS).items
    made_ends = [it.detail["ends"] for it in found if it.action == "subscription_created"]
    assert made_ends[-1] == "never"
    assert year.text() in made_ends


def test_a_year_more_ends_with_the_day_on_which_the_one_before_ends(place: Place) -> None:
    """That day was paid for; it gives no day to a year that prolongs nothing."""
    set_tariff(place, *SOLD)
    paris = ZoneInfo("Europe/Paris")
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        start = Utc.of(place.now + timedelta(days=30))
        end = Utc.midnight(date(2027, 12, 25), paris)
        year = {"plan_id": "atelier", "valid_from": start, "valid_until": end}
        with pytest.raises(Forbidden, match="money:write"):
            subscribe(db, place, desk, member, **year)
        subscribe(db, place, desk, member, plan_id="atelier")
        (told,) = renewals.preview_renewals(
            db, [db.get_one(MemberRow, member)], place.site, Length.YEAR, place.now
        )
        assert (told.starts, told.ends) == (start, end)
        longer = year | {"valid_until": Utc.of(end + timedelta(days=1))}
        with pytest.raises(Forbidden, match="money:write"):
            subscribe(db, place, desk, member, **longer)
        subscribe(db, place, desk, member, **year)


def test_a_managers_program_gives_no_reason_and_the_desks_gives_nothing(place: Place) -> None:
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = replace(place.account(db, "desk", Role.DESK), per_minute=60)
        manager = replace(place.account(db, "manager", Role.MANAGER), per_minute=60)
        with pytest.raises(Forbidden, match="money:write"):
            subscribe(db, place, desk, member, valid_from=LONG_AGO)
        subscribe(db, place, manager, member, valid_from=LONG_AGO)
        with pytest.raises(Invalid, match="reason"):
            suspend_by_patch(db, place, desk, member)
        suspend_by_patch(db, place, manager, member)


def suspend_by_patch(db: Session, place: Place, actor: Actor, member: str) -> None:
    patch = {"status": "suspended"}
    members.change(db, member, patch, version=None, actor=actor, now=place.now)


def test_nor_does_a_correction_of_todays_own_entry_make_one(place: Place) -> None:
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        period = subscribe(db, place, desk, member, plan_id="atelier")
        days = give(db, place, desk, member, units=10)
        for patch in ({"plan_id": "bureau"}, {"valid_from": LONG_AGO.text()}):
            with pytest.raises(Forbidden, match="money:write"):
                subscriptions.change(db, period, patch, version=None, actor=desk, now=place.now)
        with pytest.raises(Forbidden, match="money:write"):
            passes.change(db, days, {"units": 999}, version=None, actor=desk, now=place.now)


def test_the_desk_gives_it_where_there_is_no_tariff_or_one_that_names_it_for_nothing(
    place: Place,
) -> None:
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        subscribe(db, place, desk, member)
        give(db, place, desk, member)
    set_tariff(place, *SOLD, SubscriptionRate(plan_id="bureau", price_cents=0))
    with place.database.write() as db:
        subscribe(db, place, desk, place.member(db, plan=None).id)


def test_a_tariff_of_machines_alone_leaves_no_plan_to_the_desk(place: Place) -> None:
    """With a plan a machine may cost less, or nothing."""
    set_tariff(
        place,
        MachineRate(access_point="laser-1", price_cents=100),
        MachineRate(access_point="laser-1", price_cents=0, plan_id="bureau"),
    )
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        for make in (subscribe, give):
            with pytest.raises(Forbidden, match="money:write"):
                make(db, place, desk, member)
            other = place.member(db, plan=None).id
            make(db, place, replace(manager, per_minute=60), other)
            make(db, place, manager, member, reason=WHY)


def test_what_is_taken_from_somebody_has_a_reason_and_an_author(place: Place) -> None:
    """An earlier end of a subscription or a pass."""
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        period = subscribe(db, place, BOSS, member)
        days = give(db, place, BOSS, member)
        soon = {"valid_until": Utc.of(place.now + timedelta(hours=1)).text()}
        for change, key in ((subscriptions.change, period), (passes.change, days)):
            with pytest.raises(Invalid, match="reason"):
                change(db, key, soon, version=None, actor=desk, now=place.now)
            why = soon | {"reason": WHY}
            change(db, key, why, version=None, actor=desk, now=place.now)
    assert reasons(place, "subscription_changed") == [WHY]
    assert reasons(place, "pass_changed") == [WHY]


def test_an_access_is_suspended_for_a_reason_and_by_somebody(place: Place, app: Flask) -> None:
    """By the API too: the member reads it, and the desk that did not suspend ends nothing."""
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        other = place.account(db, "other", Role.DESK)
    client, headers = app.test_client(), bearer(place, "desk@example.org")
    path = f"/api/v1/members/{member}"
    headers |= {"If-Match": client.get(path, headers=headers).headers["ETag"]}
    patch = {"status": "suspended"}
    refused = client.patch(path, json=patch, headers=headers)
    assert [error["field"] for error in refused.get_json()["errors"]] == ["reason"]
    assert client.patch(path, json=patch | {"reason": WHY}, headers=headers).status_code == 200
    with place.database.write() as db:
        found = suspensions.current(db, member, actor=BOSS)
        assert found is not None
        assert (found.reason, found.at) == (WHY, place.now)
        with pytest.raises(Forbidden, match="who suspended"):
            members.reinstate(db, member, actor=other, now=place.now)


def test_a_day_of_a_pass_that_is_given_back_is_audited(place: Place, desk: Desk) -> None:
    """The member was in, and the desk takes the entry back."""
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        give(db, place, BOSS, member, units=2)
        new = NewPresence(zone_id="workshop", member_id=member)
        made = entries.check_in(db, new, actor=BOSS, now=place.now)
    assert made.spent is not None
    desk.send("/desk/enter/undo", presence=made.present.id, spent=made.spent)
    assert reasons(place, "pass_day_given_back") == [None]


def test_the_page_says_who_gives_it_and_asks_who_may_for_the_reason(
    place: Place, app: Flask, desk: Desk
) -> None:
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
    forms = {"subscriptions": {"plan": "bureau", "length": "year"}, "passes": {"plan": "bureau"}}
    manager = Desk(app, place, "manager")
    for what, fields in forms.items():
        sent = {"units": "5", **fields}
        assert "un responsable peut le donner" in said(
            desk.send(f"/members/{member}/{what}", **sent)
        )
        page = manager.send(f"/members/{member}/{what}", **sent)
        assert "donnez le motif" in said(page)
        why = {"why": WHY, "pass-why": WHY}
        assert "donné" in manager.send(f"/members/{member}/{what}", **sent, **why)
    assert "un responsable peut le donner" in said(
        desk.send("/members", name="Karim", plan="bureau", length="year")
    )
    assert reasons(place, "subscription_created") == [WHY]
    assert reasons(place, "pass_created") == [WHY]


def said(page: str) -> str:
    """What it says, in small letters and with plain blanks."""
    return html.unescape(page).lower().replace("\xa0", " ")


def test_a_refusal_names_the_one_reason_and_what_is_given_its_price(
    place: Place, app: Flask, desk: Desk
) -> None:
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
    to, no_price, too_long = (
        f"/members/{member}/subscriptions",
        "n’a pas de prix au tarif",
        "un prix vaut pour un an au plus.",
    )
    page = said(desk.send(to, plan="bureau", length="year"))
    assert (no_price in page, too_long in page) == (True, False)
    page = said(desk.send(to, plan="atelier", length="endless"))
    assert (no_price in page, too_long in page) == (False, True)
    assert "au tarif, sur son relevé : abonnement atelier : 20,00 €." in page
    page = said(desk.send(to, plan="atelier", length="year"))
    assert "20,00 € sur son relevé (" in page


def test_so_does_the_api(place: Place, app: Flask) -> None:
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
    new = {"member_id": member, "plan_id": "bureau", "valid_from": place.now.text()}
    client, headers = app.test_client(), bearer(place, "desk@example.org")
    answer = client.post("/api/v1/subscriptions", json=new | {"reason": WHY}, headers=headers)
    assert answer.status_code == 403


def test_what_another_place_gives_a_member_is_charged_by_its_books(place: Place) -> None:
    """Also to somebody whose record is of this place: what changed is told to both."""
    sold = (
        SubscriptionRate(plan_id="visit", price_cents=9000),
        PassRate(plan_id="visit", units=10, price_cents=3600),
    )
    with place.database.write() as db:
        second_site.add(db, place.now)
        tariff = NewTariff(
            valid_from=date(2026, 10, 1), decision="1", rates=sold, site_id=second_site.THERE
        )
        tariffs.create(db, tariff, actor=BOSS, now=place.now)
        known = NewMember(display_name="Tom", site_id=place.site, also_at=(second_site.THERE,))
        member = members.create(db, known, actor=BOSS, now=place.now).id
    catch_up(place.database, second_site.THERE, place.now)
    with place.database.write() as db:
        subscribe(db, place, BOSS, member, plan_id="visit")
        give(db, place, BOSS, member, plan_id="visit", units=10)
    for site_id in ("here", second_site.THERE):
        catch_up(place.database, site_id, place.now)
    assert owed(place.database, site_id=second_site.THERE) == 9000 + 3600


def test_a_subscription_stays_at_the_site_of_its_plan(place: Place) -> None:
    """What one site gives for nothing becomes no plan of another site, whatever one may there."""
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        second_site.add(db, place.now)
        known = NewMember(display_name="Tom", site_id=place.site, also_at=(second_site.THERE,))
        member = members.create(db, known, actor=BOSS, now=place.now).id
        desk = {site: frozenset({Role.DESK}) for site in ("here", second_site.THERE)}
        both = Actor(ref="account:both", roles=desk)
        free = subscribe(db, place, both, member, plan_id="visit", valid_until=None)
        move = {"plan_id": "bureau", "reason": WHY}
        for actor in (both, BOSS):
            with pytest.raises(Invalid, match="give a new subscription"):
                subscriptions.change(db, free, move, version=None, actor=actor, now=place.now)


def test_another_plan_is_judged_like_a_new_subscription_of_it(place: Place) -> None:
    """For its whole period: without an end it was free, and at a price it is not."""
    set_tariff(place, *SOLD, SubscriptionRate(plan_id="bureau", price_cents=0))
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        free = subscribe(db, place, desk, member, valid_until=None)
        tomorrow = Utc.of(place.now + timedelta(days=1)).text()
        for patch in ({"plan_id": "atelier"}, {"plan_id": "atelier", "valid_from": tomorrow}):
            with pytest.raises(Forbidden, match="for a year at most"):
                subscriptions.change(db, free, patch, version=None, actor=desk, now=place.now)


def test_nor_is_a_plan_given_for_years_before_its_price_begins(place: Place) -> None:
    """It is owed by its first day alone: without a tariff yet, or at a price of 0 until then."""
    soon = place.now.date() + timedelta(days=30)
    with place.database.write() as db:
        member, *others = (place.member(db, plan=None).id for _ in range(3))
        desk = place.account(db, "desk", Role.DESK)
        subscribe(db, place, desk, others.pop(), valid_until=None)
    year = add_length(place.now, Length.YEAR, ZoneInfo("Europe/Paris"))
    set_tariff(place, SubscriptionRate(plan_id="bureau", price_cents=2000), since=soon)
    with place.database.write() as db:
        for end in (None, Utc.of(year + timedelta(days=1))):
            with pytest.raises(Forbidden, match="for a year at most"):
                subscribe(db, place, desk, member, valid_until=end)
        subscribe(db, place, desk, others.pop(), valid_until=year)
    free = SubscriptionRate(plan_id="bureau", price_cents=0)
    set_tariff(place, free, since=place.now.date())
    with place.database.write() as db:
        with pytest.raises(Forbidden, match="for a year at most"):
            subscribe(db, place, desk, member, valid_until=None)
        subscribe(db, place, desk, member, valid_until=year)
