"""Tariffs, through the pages: what a price changes, and what has a price."""

import re
from html import unescape

from sqlalchemy import select

from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.cents import parse_amount
from controller.capabilities.billing.models import ChargeRow, TariffRow
from controller.capabilities.members.models import MemberRow
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.billing.money_pages import (
    browser,
    draft_at_of,
    payer_of,
    send,
    set_prices,
    text_of,
    use,
)
from tests.webui.conftest import NOW, SITE, token_of


def test_a_price_shows_its_effect_before_it_is_decided(database: Database, clock: Clock) -> None:
    treasurer = browser(database, clock, "treasurer")
    assert "Aucun prix pour l’instant" in text_of(treasurer, "/tariffs")
    assert "par tranche commencée de, en minutes" in text_of(treasurer, "/tariffs"), "15 by itself"
    set_prices(treasurer)
    use(database, minutes=38, ago_days=40)
    laser = {"of": "machine:laser", "step_min": "15", "minimum_cents": "2"}
    plywood = {"of": "article:contreplaque", "fr": "Contreplaqué", "unit": "sheet", "per": "1"}
    assert send(treasurer, "/tariffs/draft", **laser, price_cents="much") == 303
    assert "Saisissez un prix comme 1,50" in text_of(treasurer, "/tariffs")
    assert send(treasurer, "/tariffs/draft", **laser, price_cents="1,50") == 303
    assert send(treasurer, "/tariffs/draft", **plywood, price_cents="5") == 303
    assert "2 prix à décider" in text_of(treasurer, "/tariffs")
    shown = text_of(treasurer, "/tariffs/draft")
    assert "En octobre 2026, cela aurait fait 4,50 € au lieu de 3,00 €." in shown
    assert "1,50 € par 15 min de travail commencées, 2,00 € au moins." in shown
    assert send(treasurer, "/tariffs", valid_from="", decision="x") == 422
    assert send(treasurer, "/tariffs", valid_from="2026-12-01", decision=" ") == 422
    assert send(treasurer, "/tariffs", valid_from="2026-12-01", decision="2026-70") == 303
    assert prices_of(database) == {1: (100, 3600, 400), 2: (150, 3600, 500)}
    clock.forward(seconds=7 * 24 * 3600)
    in_force = text_of(treasurer, "/tariffs")
    assert "1,00 € 1,50 € 15 min de travail" in in_force, "what it was, in parts"
    assert "tarif 1 : 4,00 € pour 1 plaque." in in_force


def test_a_price_that_is_none_is_not_sent(database: Database, clock: Clock) -> None:
    """So the dialog stays open with it."""
    page = browser(database, clock, "treasurer").get("/tariffs").text
    (pattern,) = set(re.findall(r'name="price_cents"[^>]* pattern="([^"]+)"', page))
    for typed in ("1,50", "1.5", "12", "1 250,00 €"):
        assert re.fullmatch(pattern, typed)
        assert parse_amount(typed) is not None
    for typed in ("gratuit", "1,505", "-2", "1,"):
        assert not re.fullmatch(pattern, typed)


def test_prices_that_one_has_not_seen_are_not_decided(database: Database, clock: Clock) -> None:
    treasurer, other = (browser(database, clock, role) for role in ("treasurer", "manager"))
    laser = {"of": "machine:laser", "step_min": "15", "price_cents": "1,50"}
    assert send(treasurer, "/tariffs/draft", **laser) == 303
    seen = draft_at_of(treasurer)
    clock.forward(seconds=1)
    assert send(other, "/tariffs/draft", **{**laser, "price_cents": "9"}) == 303
    decided = {"valid_from": "2026-12-01", "decision": "2026-70"}
    for stale in (seen, ""):
        data = {"csrf_token": token_of(treasurer), **decided, "draft_at": stale}
        answer = treasurer.post("/tariffs", data=data)
        assert answer.status_code == 422
        assert "quelqu’un d’autre a modifié ce brouillon" in answer.text
        assert 'value="2026-70"' in answer.text
        assert "9,00" in answer.text
    assert not prices_of(database)
    assert send(treasurer, "/tariffs", **decided) == 303
    assert prices_of(database)


def test_a_price_that_has_begun_says_whom_it_charges_again(
    database: Database, clock: Clock
) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=3)
    use(database, minutes=38, ago_days=4, who="Aminata Sow")
    paid = {"month": "2026-11", "payer": payer_of(treasurer), "means": "card", "amount": "3"}
    assert send(treasurer, "/statements/pay", "/statements", **paid) == 303
    laser = {"of": "machine:laser", "step_min": "15", "price_cents": "2"}
    assert send(treasurer, "/tariffs/draft", **laser) == 303
    decided = {"valid_from": "2026-11-01", "decision": "2026-71", "csrf_token": token_of(treasurer)}
    decided["draft_at"] = draft_at_of(treasurer)
    asked = treasurer.post("/tariffs", data=decided)
    said = " ".join(re.sub("[\u00a0\u202f]", " ", asked.text).split())
    assert asked.status_code == 422
    assert "Novembre 2026 : 2 relevés changent, 6,00 € deviennent 12,00 €." in said
    assert "Ont déjà payé : Amina Diallo." in said
    assert "Enregistrer, 2 relevés changent</button>" in said
    assert list(prices_of(database)) == [1], "it is asked before anything is charged again"
    with database.read() as db:
        assert sorted(db.scalars(select(ChargeRow.amount_cents))) == [300, 300]
    decided["sure"] = "2026-11-02"
    assert treasurer.post("/tariffs", data=decided).status_code == 422, "another day"
    decided["sure"] = "2026-11-01"
    assert treasurer.post("/tariffs", data=decided).status_code == 303
    assert list(prices_of(database)) == [1, 2]
    catch_up(database, SITE, NOW)
    lines = treasurer.get("/statements/2026-11/csv").text.splitlines()
    assert [line.split(";")[-1] for line in lines[1:]] == ["6,00", "6,00"], "what holds now"


def test_a_pass_that_is_given_says_what_it_charges(database: Database, clock: Clock) -> None:
    set_prices(browser(database, clock, "treasurer"))
    desk = browser(database, clock, "desk")
    with database.read() as db:
        amina = db.scalars(
            select(MemberRow.id).where(MemberRow.display_name == "Amina Diallo")
        ).one()
    page = f"/members/{amina}"
    offered = "Au tarif, sur son relevé : Pass Journée, 10 jours : 36,00 €."
    assert f"{offered} Seul un responsable peut en donner un autre." in text_of(desk, page)
    assert send(desk, f"{page}/passes", plan="day", units="5", kind="day") == 303
    assert "Ce pass n’a pas de prix au tarif : un responsable peut le donner" in text_of(desk, page)
    assert send(desk, f"{page}/passes", plan="day", units="10", kind="day") == 303
    said = "Pass donné : 10 à débiter. Pass Journée, 10 jours : 36,00 € sur son relevé."
    assert said in text_of(desk, page)
    catch_up(database, SITE, NOW)
    statement = f"/statements/2026-11/member:{amina}"
    assert "Pass Journée : il reste 10 jours" in text_of(
        browser(database, clock, "treasurer"), statement
    )


def test_a_price_to_come_stands_beside_the_one_in_force(database: Database, clock: Clock) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    plywood = {"of": "article:contreplaque", "fr": "Contreplaqué", "unit": "sheet", "per": "1"}
    assert send(treasurer, "/tariffs/draft", **plywood, price_cents="4,50") == 303
    assert send(treasurer, "/tariffs", valid_from="2026-12-15", decision="2026-72") == 303
    page = text_of(treasurer, "/tariffs")
    now, later = (
        "4,00 € pour 1 plaque.",
        "À partir du mardi 15 décembre 2026 : 4,50 € pour 1 plaque.",
    )
    assert f"{now} {later}" in page
    assert page.count("À partir du") == 1
    assert "Tarif 2 à partir du mardi 15 décembre 2026" in page
    form = treasurer.get("/tariffs").get_data(as_text=True)
    assert 'name="price_cents" value="4,50"' in form
    treasurer.set_cookie("language", "en")
    form = treasurer.get("/tariffs").get_data(as_text=True)
    assert re.findall(r'name="\w+_cents" value="(\d+\D\d+)"', form).count("4.50") == 1
    assert not re.findall(r'name="\w+_cents" value="\d+,', form)


def test_a_second_price_of_one_day_holds_and_a_tariff_is_taken_back(
    database: Database, clock: Clock
) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    today = {"valid_from": "2026-11-24", "decision": "2026-70"}
    laser = {"of": "machine:laser"}
    for price in ("1,50", "1,75"):
        assert send(treasurer, "/tariffs/draft", **laser, price_cents=price) == 303
        assert send(treasurer, "/tariffs", **today) == 303
    page = treasurer.get("/tariffs").get_data(as_text=True)
    (undo,) = re.findall(r'action="(/tariffs/[^"]+/take-back)"', page)
    use(database, minutes=38, ago_days=0)
    payer_of(treasurer)
    with database.read() as db:
        assert db.scalars(select(ChargeRow.unit_cents)).all() == [175]
    assert send(treasurer, undo) == 303
    assert "Ce tarif a déjà servi" in text_of(treasurer, "/tariffs")
    assert send(treasurer, "/tariffs/draft", **laser, price_cents="2") == 303
    assert send(treasurer, "/tariffs", valid_from="2026-12-01", decision="2026-71") == 303
    page = treasurer.get("/tariffs").get_data(as_text=True)
    (undo,) = re.findall(r'action="(/tariffs/[^"]+/take-back)"', page)
    assert send(treasurer, undo) == 303
    draft = treasurer.get("/tariffs/draft").get_data(as_text=True)
    assert "2,00" in draft
    (key,) = re.findall(r'name="key" value="([^"]+)"', draft)
    assert send(treasurer, "/tariffs/draft/remove", key=unescape(key)) == 303
    assert "Une version ne change plus." in text_of(treasurer, "/tariffs/draft")
    assert [prices[0] for prices in prices_of(database).values()] == [100, 150, 175]


def test_a_tariff_before_a_planned_one_changes_only_its_own_prices_and_keeps_them(
    database: Database, clock: Clock
) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    laser = {"of": "machine:laser", "price_cents": "1,50"}
    planned = {"valid_from": "2026-11-30", "decision": "2026-70", "vat": "20"}
    assert send(treasurer, "/tariffs/draft", **laser) == 303
    assert send(treasurer, "/tariffs", **planned) == 303
    plywood = {"of": "article:contreplaque", "fr": "Contreplaqué", "unit": "sheet", "per": "1"}
    assert send(treasurer, "/tariffs/draft", **plywood, price_cents="5") == 303
    shown = text_of(treasurer, "/tariffs/draft")
    assert "Le tarif 2 est prévu à partir du lundi 30 novembre 2026." in shown
    form = treasurer.get("/tariffs/draft").get_data(as_text=True)
    (prefilled,) = re.findall(r'name="prefilled" value="(\d+)"', form)
    sooner = {"valid_from": "2026-11-27", "decision": "2026-71"}
    typed = {"vat": "20", "prefilled": prefilled}  # as the form has it for December
    assert send(treasurer, "/tariffs", **sooner, **typed) == 303
    assert prices_of(database) == {
        1: (100, 3600, 400),
        2: (150, 3600, 400),
        3: (100, 3600, 500),
        4: (150, 3600, 500),
    }
    with database.read() as db:
        rows = db.scalars(select(TariffRow).order_by(TariffRow.number)).all()
        assert [row.vat_permille for row in rows] == [0, 200, 0, 200]
        assert rows[-1].decision == "2026-70 · 2026-71"
    page = treasurer.get("/tariffs").get_data(as_text=True)
    said = text_of(treasurer, "/tariffs")
    assert "À partir du vendredi 27 novembre 2026 : 5,00 € pour 1 plaque." in said
    assert said.count("À partir du") == 2, "nothing goes back to what it was"
    assert "Tarif 2 remplacé par le tarif 4" in said
    assert "brouillon du tarif 5" in said
    (undo,) = re.findall(r'action="(/tariffs/[^"]+/take-back)"', page)
    assert "Le tarif 4 reprend ces prix à partir du lundi 30 novembre 2026" in " ".join(
        page.split()
    )
    assert send(treasurer, undo) == 303
    assert list(prices_of(database)) == [1, 2]
    assert treasurer.get("/tariffs/draft").text.count('name="key"') == 1, "its own price only"
    assert send(treasurer, "/tariffs/draft", **{**laser, "price_cents": "1,20"}) == 303
    assert send(treasurer, "/tariffs", **sooner) == 303
    assert prices_of(database)[3] == (120, 3600, 500)
    assert prices_of(database)[4] == (150, 3600, 500), "the planned one changes the laser itself"


def test_a_subscription_that_has_a_price_says_so_before_and_after_it_is_given(
    database: Database, clock: Clock
) -> None:
    manager = browser(database, clock, "manager")
    price = {"of": "subscription:day", "price_cents": "120"}
    assert send(manager, "/tariffs/draft", **price) == 303
    assert send(manager, "/tariffs", valid_from="2026-10-01", decision="2026-61") == 303
    with database.read() as db:
        amina = db.scalars(
            select(MemberRow.id).where(MemberRow.display_name == "Amina Diallo")
        ).one()
    page = f"/members/{amina}"
    assert "Au tarif, sur son relevé : Abonnement Journée : 120,00 €" in text_of(manager, page)
    assert send(manager, f"{page}/subscriptions", plan="day", length="year") == 303
    shown = manager.get(page).get_data(as_text=True)
    shown = " ".join(unescape(re.sub("[\u00a0\u202f]", " ", shown)).split())
    assert "120,00 € sur son relevé (novembre 2026)." in shown, "the undo bar"
    assert "120,00 € sur son relevé (novembre 2027)" in shown, "beside one more year"
    desk = manager.get(f"/desk?person={amina}").get_data(as_text=True)
    assert "sur son relevé (" not in desk, "nothing is renewed there yet"
    many = {
        "member": amina,
        "bulk_action": "renew",
        "length": "year",
        "csrf_token": token_of(manager),
    }
    effect = re.sub("[\u00a0\u202f]", " ", manager.post("/members/several", data=many).text)
    assert "120,00 € sur son relevé (novembre 2027)" in effect
    new = {"name": "Nina Novel", "plan": "day", "length": "month", "csrf_token": token_of(manager)}
    made = manager.post("/members", data=new).headers["Location"]
    added = re.sub("[\u00a0\u202f]", " ", manager.get(made).text)
    assert "120,00 € sur son relevé (novembre 2026)." in added
    offered = text_of(manager, "/members")
    assert "Au tarif, sur son relevé : Abonnement Journée : 120,00 €" in offered
    merged = text_of(manager, f"{page}/merge?other={made.rpartition('/')[2]}")
    assert "reste à payer : 120,00 €" in merged


def prices_of(database: Database) -> dict[int, tuple[int, ...]]:
    """The prices of each version, by its number."""
    with database.read() as db:
        rows = db.scalars(select(TariffRow).order_by(TariffRow.number))
        return {row.number: tuple(rate["price_cents"] for rate in row.rates) for row in rows}
