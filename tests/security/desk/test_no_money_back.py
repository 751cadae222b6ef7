"""What was paid for or used at the desk does not turn into money or into a debt that is gone."""

import html
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from controller.capabilities.billing import sales
from controller.capabilities.billing.rates import PassRate
from controller.capabilities.billing.sales import Sale
from controller.capabilities.billing.shapes import Payment
from controller.capabilities.billing.words import Means
from controller.capabilities.plans import passes
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid
from tests.capabilities.billing.month import set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.conftest import Desk

DAY = PassRate(plan_id="atelier", units=1, price_cents=1000)
SOLD = (DAY, PassRate(plan_id="atelier", units=10, price_cents=3600))
WHY = "Vendu à la mauvaise personne"


def sell(db: Session, place: Place, actor: Actor, member: str, at: int = 0) -> Payment:
    sale = Sale(place=at, quantity=1, member_id=member, means=Means.TRANSFER)
    return sales.sell(db, place.site, sale, actor=actor, now=place.now)


def test_nobody_sells_to_themselves_and_the_page_says_who_can(
    place: Place, app: Flask, desk: Desk
) -> None:
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        own = place.account(db, "own@example.org", Role.DESK, member_id=member)
        with pytest.raises(Forbidden, match="somebody else"):
            sell(db, place, own, member)
    form = {"place": "0", "quantity": "1", "member_id": member, "means": "transfer"}
    refused = Desk(app, place, "own").send("/sales", **form)
    assert "un collègue du comptoir note cette vente" in html.unescape(refused)
    assert "un collègue" not in html.unescape(desk.send("/sales", **form))


def test_a_pass_that_was_sold_stays_what_was_paid_for(place: Place) -> None:
    """Fewer days or another month would leave the payment to end another debt."""
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        sell(db, place, desk, member, at=1)
        (made,) = passes.page(db, actor=BOSS, member_id=member).items
        later = {"valid_from": Utc.parse("2035-01-01T10:00:00.000Z").text()}
        for patch in ({"units": 1}, later):
            with pytest.raises(Forbidden, match="money:write"):
                passes.change(db, made.id, patch, version=None, actor=desk, now=place.now)
            with pytest.raises(Invalid, match="reason"):
                passes.change(db, made.id, patch, version=None, actor=manager, now=place.now)
        end = {"valid_until": Utc.of(place.now + timedelta(days=90)).text(), "reason": WHY}
        passes.change(db, made.id, end, version=None, actor=desk, now=place.now)
        program = replace(manager, per_minute=60, ref=desk.ref)
        passes.change(db, made.id, {"units": 12}, version=None, actor=program, now=place.now)
