"""Wherever one chooses a person, two of the same name are told apart."""

from html import unescape

import pytest

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.billing import payments
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.shapes import NewPayment
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from tests.support.clock import Clock
from tests.webui.billing.conftest import SYSTEM
from tests.webui.billing.money_pages import browser, send, set_prices, text_of
from tests.webui.conftest import NOW, SITE, token_of


def plain(text: str) -> str:
    """The page's text with plain spaces."""
    return " ".join(unescape(text).replace("\u00a0", " ").split())


MAIL, BADGE = "karim@nord.example", "badge B2C3"


@pytest.fixture
def place(database: Database) -> list[str]:
    """Two people of one name: one has an e-mail address, the other a badge."""
    with database.write() as db:
        both = [
            members.create(
                db, NewMember(display_name="Karim Benali", email=email), actor=SYSTEM, now=NOW
            ).id
            for email in (MAIL, None)
        ]
        badge = NewCredential(member_id=both[1], value="uid:04A1B2C3")
        credentials.create(db, badge, vault=Vault(b"k" * 32, b"w" * 32), actor=SYSTEM, now=NOW)
    return both


def test_two_of_the_same_name_can_be_told_apart(
    database: Database, clock: Clock, place: list[str]
) -> None:
    manager = browser(database, clock, "manager")
    set_prices(manager)
    sheet = {"place": "2", "quantity": "1", "means": "cash"}
    asked = manager.post("/sales", data={"csrf_token": token_of(manager), "who": "Benali", **sheet})
    assert asked.status_code == 422
    for person in place:
        assert send(manager, "/sales", member_id=person, **sheet) == 303
    names = manager.post("/desk/names", data={"csrf_token": token_of(manager), "q": "Benali"})
    like = manager.get("/members/like?name=Karim Benali")
    for shown in (asked.text, names.text, like.text, text_of(manager)):
        assert MAIL in shown
        assert BADGE in shown
    booking = text_of(manager, "/bookings?thing=laser&who=Benali")
    assert "Quelle personne : Karim Benali" in booking, "neither is chosen for the desk"
    assert f"Karim Benali ({BADGE})" in booking
    assert f"Karim Benali ({MAIL})" in booking
    assert f"Karim Benali {BADGE}" in text_of(manager, "/desk?q=Benali")
    assert MAIL not in text_of(browser(database, clock, "treasurer"))


def test_two_records_of_one_day_can_be_told_apart_by_everybody(
    database: Database, clock: Clock, place: list[str]
) -> None:
    """The treasurer sees neither the address nor the badge."""
    manager, treasurer = (browser(database, clock, role) for role in ("manager", "treasurer"))
    set_prices(manager)
    sheet = {"place": "2", "quantity": "1", "means": "cash"}
    asked = treasurer.post(
        "/sales", data={"csrf_token": token_of(treasurer), "who": "Benali", **sheet}
    )
    for person in place:
        assert send(manager, "/sales", member_id=person, **sheet) == 303
    for text in (plain(asked.text), text_of(treasurer)):
        assert "Karim Benali (fiche n° 1 du 24 novembre)" in text
        assert "Karim Benali (fiche n° 2 du 24 novembre)" in text


def test_two_of_one_import_are_told_apart_by_phone_and_else_by_number(
    database: Database, clock: Clock
) -> None:
    """They have no address and no badge; a family shares both."""
    new = [
        {"phone": "06 12 34 56 78"},
        {"phone": "06 99 88 77 66"},
        {"email": "famille@nord.example"},
        {"email": "famille@nord.example"},
    ]
    with database.write() as db:
        for fields in new:
            person = {"display_name": "Marie Martin", **fields}
            members.create(db, parse(person, NewMember), actor=SYSTEM, now=NOW)
    desk = text_of(browser(database, clock, "desk"), "/bookings?thing=laser&who=Martin")
    for mark in ("téléphone finissant par 5678", "téléphone finissant par 7766"):
        assert f"Marie Martin ({mark})" in desk
    for number in (3, 4):
        assert f"Marie Martin (fiche n° {number} du 24 novembre)" in desk
    assert "famille@nord.example" not in desk
    trainer = browser(database, clock, "trainer")
    asked = trainer.post("/desk/names", data={"csrf_token": token_of(trainer), "q": "Martin"})
    assert "5678" not in asked.text, "trainers may not read telephone numbers"


@pytest.mark.parametrize("name", ["Mairie", "Au comptoir", "Personnes effacées"])
def test_a_payer_is_told_apart_from_organisations_and_rows_that_are_no_person(
    database: Database, clock: Clock, name: str
) -> None:
    """The desk calls a friend as one of these."""
    manager, treasurer = (browser(database, clock, role) for role in ("manager", "treasurer"))
    set_prices(manager)
    with database.write() as db:
        label = Label(fr="Mairie")
        town = NewOrganisation(name=label, site_id=SITE)
        key = organisations.create(db, town, actor=SYSTEM, now=NOW).id
        paid = NewPayment(
            organisation_id=key,
            month="2026-11",
            means=Means.TRANSFER,
            amount_cents=100,
            site_id=SITE,
        )
        payments.create(db, paid, actor=SYSTEM, now=NOW)
        new = NewMember(display_name="Olga")
        friend = members.create(db, new, actor=SYSTEM, now=NOW).id
    sheet = {"place": "2", "quantity": "1", "means": "cash"}
    assert send(manager, "/sales", member_id=friend, **sheet) == 303
    assert "(fiche du" not in text_of(treasurer)
    with database.write() as db:
        patch = {"display_name": name}
        members.change(db, friend, patch, version=None, actor=SYSTEM, now=NOW)
    shown = text_of(treasurer)
    assert f"{name} (fiche du" in shown
    assert ("Mairie (structure)" in shown) is (name == "Mairie")
