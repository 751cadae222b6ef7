"""A treasurer sees money: who owes what; no badge, door or passage, on any page or by the API."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.billing import charges
from controller.capabilities.billing.shapes import NewCharge
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.billing.money_pages import browser, set_prices
from tests.webui.conftest import NOW, SITE
from webui.features import FEATURES

SYSTEM = Actor.system("test")
SECRETS = ("D4E5F6", "Porte de derrière", "Salle des plans")
"""What is said of a badge, of a door, and of where somebody is."""
PRICED = {SECRETS[2]}
"""A room has a price, whoever is in it."""
API = {
    *("/charges", "/health", "/me", "/openapi.json", "/payments", "/sites", "/statements"),
    *("/statements/previews", "/tariffs", "/open-data"),
}
"""What a treasurer reads with a token, besides their own data."""


@pytest.fixture
def place(database: Database, clock: Clock) -> Database:
    """Amina owes something; she has a badge, and is in a room behind a door."""
    set_prices(browser(database, clock, "manager"))
    with database.write() as db:
        amina = db.scalars(
            select(MemberRow.id).where(MemberRow.display_name == "Amina Diallo")
        ).one()
        zones.create(db, NewZone(id="plans", name=Label(fr=SECRETS[2])), actor=SYSTEM, now=NOW)
        door = NewAccessPoint(
            id="back",
            kind=PointKind.DOOR,
            name=Label(fr=SECRETS[1]),
            agent_id="pi",
            zone_id="plans",
        )
        access_points.create(db, door, actor=SYSTEM, now=NOW)
        badge = NewCredential(member_id=amina, value="uid:04A1B2C3D4E5F6")
        credentials.create(db, badge, vault=Vault(b"k" * 32, b"w" * 32), actor=SYSTEM, now=NOW)
        here = NewPresence(zone_id="plans", member_id=amina)
        presence.check_in(db, here, actor=SYSTEM, now=Utc.of(NOW - timedelta(hours=1)))
        sheet = NewCharge(article="contreplaque", member_id=amina, site_id=SITE)
        charges.create(db, sheet, actor=SYSTEM, now=NOW)
    return database


def test_on_no_page_to_which_a_link_leads(place: Database, clock: Clock) -> None:
    treasurer = browser(place, clock, "treasurer")
    seen, left, owed = set[str](), ["/", "/statements", "/me"], False
    while left:
        address = left.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = treasurer.get(address)
        if not (answer.mimetype or "").startswith("text/html"):
            continue
        text = answer.get_data(as_text=True)
        told = {secret for secret in SECRETS if secret in unescape(text)}
        assert told <= (PRICED if address.startswith("/tariffs") else set()), address
        owed = owed or "Amina Diallo" in text
        if answer.status_code == 200 and len(seen) < 80:
            left += [
                unescape(part).split("#")[0]
                for part in re.findall(r'<a [^>]*href="(/[^"]*)"', text)
                if "sign-out" not in part
            ]
    assert owed
    assert len(seen) > 10


def test_by_no_list_of_the_api(place: Database, clock: Clock) -> None:
    treasurer = browser(place, clock, "treasurer")
    with place.write() as db:
        account = db.scalars(
            select(AccountRow.id).where(AccountRow.login.startswith("treasurer"))
        ).one()
        secret = tokens.add(db, account, "x", frozenset(HOUSE.permissions), NOW, SYSTEM)[1]
    bearer = {"Authorization": f"Bearer {secret}"}
    lists = [
        route.path
        for feature in FEATURES
        for route in feature.api
        if route.method == "GET" and "{" not in route.path
    ]
    read = set()
    for path in lists:
        answer = treasurer.get(f"/api/v1{path}", headers=bearer)
        text = answer.get_data(as_text=True)
        assert not [secret for secret in SECRETS if secret in text], path
        if answer.status_code == 200:
            read.add(path)
    assert len(lists) > 40
    assert not read - API, read - API


def test_a_treasurer_sees_money_and_no_badges_doors_or_passages(
    database: Database, clock: Clock
) -> None:
    treasurer = browser(database, clock, "treasurer")
    for address in ("/statements", "/tariffs", "/sales"):
        assert treasurer.get(address).status_code == 200
    for address in ("/members", "/desk", "/machines", "/boxes", "/safety-register", "/presence"):
        assert treasurer.get(address).status_code in (403, 404), address
    trainer = browser(database, clock, "trainer")
    for address in ("/statements", "/tariffs", "/sales"):
        assert trainer.get(address).status_code == 403
