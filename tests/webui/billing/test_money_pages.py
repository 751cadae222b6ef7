"""Statements, tariffs, the till and sales, through the pages."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.billing import charges, payments, sales, taken_back
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import ChargeRow, ClosedMonth, PaymentRow, TariffRow
from controller.capabilities.billing.sales import Sale
from controller.capabilities.billing.shapes import NewCharge, TakeBack
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.plans.models import PassRow, PassUse
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.outbox import post_news
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.billing.money_pages import (
    SYSTEM,
    browser,
    draft_at_of,
    send,
    set_prices,
    text_of,
    use,
)
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of


def refused(client: FlaskClient, address: str, **typed: str) -> str:
    """The form that comes back where it stood, open."""
    back = client.post(address, data=typed).headers["Location"]
    page = unescape(client.get(back).text)
    field = back.partition("#")[2]
    before, _of, form = page.partition(f'id="{field}"')
    assert before.rpartition("<details")[2].startswith(' class="more" open>')
    return f'id="{field}"{form}'.split("</form>")[0]


def payer_of(client: FlaskClient, month: str = "2026-11") -> str:
    found = client.get(f"/statements?month={month}").get_data(as_text=True)
    return str(re.findall(r'id="p-(member:[^"]+)"', found)[0])


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
    assert "Au tarif, sur son relevé : Pass Journée, 10 jours : 36,00 €." in text_of(desk, page)
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


def prices_of(database: Database) -> dict[int, tuple[int, ...]]:
    """The prices of each version, by its number."""
    with database.read() as db:
        rows = db.scalars(select(TariffRow).order_by(TariffRow.number))
        return {row.number: tuple(rate["price_cents"] for rate in row.rates) for row in rows}


def test_a_statement_opens_in_its_row_and_says_why(database: Database, clock: Clock) -> None:
    manager = browser(database, clock, "manager")
    assert "Rien n’est dû ce mois-ci" in text_of(manager)
    set_prices(manager)
    use(database, minutes=38, ago_days=2)
    use(database, minutes=12, ago_days=1, cause="fault")
    key = payer_of(manager)
    shown = text_of(manager, f"/statements?open={key}")
    for words in (
        "Découpe laser, 38 min 3 × 15 min à 1,00 €",
        "coupé par le lieu : non compté",
        "non compté",
        "tarif 1",
        "Hors du champ de la TVA",
        "Reste dû 3,00 €",
        "Le mois n’est pas fini",
    ):
        assert words in shown, words
    answer = manager.get("/statements/2026-11/csv")
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["Content-Disposition"].endswith("-2026-11-apercu.csv")
    lines = answer.get_data(as_text=True).splitlines()
    amounts = [line.split(";")[6:] for line in lines[1:]]
    assert amounts == [["3,00", "0,00", "3,00"], ["0,00", "0,00", "0,00"]]


def test_a_statement_opens_on_the_page_of_payers_that_it_is_on(
    database: Database, clock: Clock
) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    with database.write() as db:
        for number in range(62):
            new = NewMember(display_name=f"Personne {number:02d}")
            key = members.create(db, new, actor=SYSTEM, now=NOW).id
            sheet = NewCharge(article="contreplaque", member_id=key, site_id=SITE)
            charges.create(db, sheet, actor=SYSTEM, now=NOW)
    second = treasurer.get("/statements?from=60&only=due").get_data(as_text=True)
    (link,) = re.findall(r'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?Personne 61<', second)
    opened = text_of(treasurer, unescape(link))
    assert "Personne 61" in opened
    assert "Contreplaqué 1 plaque × 4,00 €" in opened


def test_paid_taken_back_remitted_and_closed(database: Database, clock: Clock) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=40)
    key, month = payer_of(treasurer, "2026-10"), {"month": "2026-10"}
    use(database, minutes=12, ago_days=40, cause="fault", who="Aminata Sow")
    here = f"/statements?month=2026-10&open={key}"
    paid = {**month, "payer": key, "means": "cash"}
    typed = {"csrf_token": token_of(treasurer), **paid, "amount": "1,2345"}
    again = refused(treasurer, "/statements/pay", **typed, reference="CHQ 77")
    assert 'value="CHQ 77"' in again
    assert re.search(r'id="amount"[^>]*value="1,2345"[^>]*aria-invalid="true"', again)
    assert "Saisissez le moyen de paiement et un montant" in again
    typed["amount"] = "200"
    typed |= {"means": "card", "reference": "TPE 0042"}
    asked = treasurer.post("/statements/pay", data=typed).headers["Location"]
    assert "200,00 €, c’est plus que le reste dû." in text_of(treasurer, asked)
    with database.read() as db:
        assert db.scalars(select(PaymentRow.id)).all() == []
    again = treasurer.get(asked).text
    assert 'name="sure" value="200,00"' in again
    assert 'value="card" selected' in again
    assert 'value="TPE 0042"' in again, "nothing has to be typed a second time"
    assert send(treasurer, "/statements/pay", here, **paid, amount="2", reference="n° 4") == 303
    assert "Espèces, reçu 2026-000001, n° 4" in text_of(treasurer, here)
    with database.read() as db:
        payment = db.scalars(select(PaymentRow.id)).one()
        charge = db.scalars(select(ChargeRow.id).where(ChargeRow.amount_cents > 0)).one()
    undo = f"/statements/payments/{payment}/take-back"
    assert send(treasurer, undo, here, **month, payer=key) == 303
    sure = {**paid, "amount": "200", "sure": "200,00"}
    assert send(treasurer, "/statements/pay", here, **sure) == 303
    with database.read() as db:
        much = db.scalars(select(PaymentRow.id).where(PaymentRow.amount_cents == 20000)).one()
    assert "Trop payé 197,00 € 1 relevé" in text_of(treasurer, here), "the totals add up"
    receipt = text_of(treasurer, f"/sales/{much}")
    assert "Relevé : octobre 2026" in receipt
    assert "Annuler ce paiement" in receipt
    assert "cette vente" not in receipt
    assert (
        send(treasurer, f"/statements/payments/{much}/take-back", here, **month, payer=key) == 303
    )
    assert "reçu 2026-000002 : annulation" in text_of(treasurer, here)
    remit = "/statements/remit"
    month["charge"] = charge
    typed = {"csrf_token": token_of(treasurer), **month, "payer": key, "reason": "tube"}
    again = refused(treasurer, remit, **typed, amount="3,01")
    assert re.search(r'id="remitted"[^>]*value="3,01"[^>]*aria-invalid="true"', again)
    assert "Au plus 3,00\xa0€\xa0: c’est ce qui reste de cette ligne." in again
    assert "entre-temps" not in again
    assert 'value="tube"' in again
    assert send(treasurer, remit, here, **month, payer=key, amount="1", reason="tube usé") == 303
    shown = text_of(treasurer, here)
    assert "Remise : « tube usé »" in shown
    assert "Reste dû 2,00 €" in shown
    for total in ("", "3,00"):
        assert send(treasurer, "/statements/close", here, **month, sure=total) == 303
        with database.read() as db:
            assert db.scalars(select(ClosedMonth.month)).all() == [], "it is asked first"
    question = text_of(treasurer, f"/statements?month={month['month']}&closing=yes")
    assert (
        "2 relevés, 2,00 € en tout, dont 0,00 € payés. Un mois clos ne se rouvre pas." in question
    )
    assert "Oui, clore octobre 2026" in question
    assert "1 est à zéro et a aussi son numéro" in question
    assert send(treasurer, "/statements/close", here, **month, sure="2,00") == 303
    assert "2026-10-001" in text_of(treasurer, here)
    assert send(treasurer, "/statements/close", here, month="2026-11", sure="0,00") == 303
    with database.read() as db:
        assert db.scalars(select(ClosedMonth.month)).all() == ["2026-10"]


def test_a_remission_on_a_closed_month_pays_what_it_still_owes(
    database: Database, clock: Clock
) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=40)
    key = payer_of(treasurer, "2026-10")
    here, later = (f"/statements?month={month}&open={key}" for month in ("2026-10", "2026-11"))
    month = {"month": "2026-10", "payer": key}
    assert send(treasurer, "/statements/close", here, **month, sure="3,00") == 303
    assert "devient une ligne du relevé de novembre 2026" in text_of(treasurer, here)
    with database.read() as db:
        month["charge"] = db.scalars(select(ChargeRow.id)).one()
    granted = {"amount": "2,50", "reason": "machine en panne"}
    assert send(treasurer, "/statements/remit", here, **month, **granted) == 303
    shown = text_of(treasurer, here)
    assert "sur le relevé de novembre 2026" in shown
    assert "Réglé par le crédit d’un autre mois − 2,50 € Reste dû 0,50 €" in shown
    assert "0,50 €</option>" in unescape(treasurer.get(here).text).replace("\xa0", " ")
    assert "Payé 0,00 € 0 relevé Reste dû 0,50 €" in shown
    shown = text_of(treasurer, later)
    assert "Crédit utilisé pour ce qui reste dû d’un mois clôturé 2,50 € Reste dû 0,00 €" in shown
    assert "Rembourser" not in shown, "it is owed elsewhere"
    assert "En tout 0,50 €" in text_of(treasurer, "/accounting")
    assert "Reste dû : 0,50 €" in text_of(treasurer, f"/statements/2026-10/{key}")
    refund = {"month": "2026-11", "payer": key, "means": "transfer", "why": "rendu"}
    assert send(treasurer, "/statements/refund", later, **refund, amount="2,50") == 303
    with database.read() as db:
        assert db.scalars(select(PaymentRow)).all() == []


def test_a_remission_first_pays_the_month_that_it_is_granted_on(
    database: Database, clock: Clock
) -> None:
    """Not the older month, nor what the open month has by itself."""
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer, since="2026-09-01")
    for days in (70, 40, 2):
        use(database, minutes=38, ago_days=days)
    key = payer_of(treasurer, "2026-10")
    here = f"/statements?month=2026-10&open={key}"
    for month in ("2026-09", "2026-10"):
        form = {"month": month, "payer": key, "sure": "3,00"}
        assert send(treasurer, "/statements/close", here, **form) == 303
    with database.read() as db:
        charge = db.scalars(select(ChargeRow.id).where(ChargeRow.month == "2026-10")).one()
    granted = {"charge": charge, "amount": "2,50", "reason": "machine en panne"}
    assert send(treasurer, "/statements/remit", here, month="2026-10", payer=key, **granted) == 303
    assert "Reste dû 0,50 €" in text_of(treasurer, here)
    assert "Payé 0,00 € 0 relevé Reste dû 3,00 €" in text_of(treasurer, "/statements?month=2026-11")
    shown = text_of(treasurer, "/accounting")
    assert "septembre 2026 1 relevé 3,00 €" in shown
    assert "octobre 2026 1 relevé 0,50 € novembre 2026 1 relevé 3,00 €" in shown


def test_a_remission_is_taken_back_while_its_month_is_open(
    database: Database, clock: Clock
) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=40)
    key, month = payer_of(treasurer, "2026-10"), {"month": "2026-10"}
    here, granted = f"/statements?month=2026-10&open={key}", {**month, "payer": key}
    with database.read() as db:
        granted["charge"] = db.scalars(select(ChargeRow.id)).one()
    remit, off = "/statements/remit", {**granted, "amount": "1", "reason": "tube usé"}
    assert send(treasurer, remit, here, **off) == 303
    page = treasurer.get(here).text
    undos = re.findall(r'action="(/statements/remissions/[^"]+)"', page)
    assert len(undos) == 2, "with the confirmation, and on its line"
    assert len(set(undos)) == 1
    assert send(treasurer, undos[0], here, **month, payer=key) == 303, "as the confirmation does"
    shown = text_of(treasurer, here)
    assert "Remise annulée : le montant est de nouveau dû." in shown
    assert "Reste dû 3,00 €" in shown
    assert "tube usé" not in shown
    assert send(treasurer, remit, here, **off) == 303
    (undo,) = set(re.findall(r'action="(/statements/remissions/[^"]+)"', treasurer.get(here).text))
    manager = browser(database, clock, "manager")
    typed = {"csrf_token": token_of(manager), **month, "payer": key}
    again = refused(manager, undo, **typed)
    assert "Saisissez le motif." in again
    assert send(manager, undo, here, **month, payer=key, reason="mauvaise ligne") == 303
    assert "Reste dû 3,00 €" in text_of(manager, here)
    assert send(treasurer, remit, here, **off) == 303
    (undo,) = set(re.findall(r'action="(/statements/remissions/[^"]+)"', treasurer.get(here).text))
    assert send(treasurer, "/statements/close", **month, sure="2,00") == 303
    assert undo not in treasurer.get(here).text
    assert send(treasurer, undo, here, **month, payer=key) == 303
    assert "son mois est clos" in text_of(treasurer, here)


def test_what_is_still_owed_is_listed_by_month(database: Database, clock: Clock) -> None:
    treasurer = browser(database, clock, "treasurer")
    assert "Rien n’est dû." in text_of(treasurer, "/accounting")
    set_prices(treasurer)
    for days, who in ((40, "Amina Diallo"), (40, "Aminata Sow"), (2, "Amina Diallo")):
        use(database, minutes=38, ago_days=days, who=who)
    key = payer_of(treasurer, "2026-10")
    paid = {"month": "2026-10", "payer": key, "means": "cash", "amount": "200", "sure": "200,00"}
    assert send(treasurer, "/statements/pay", "/statements", **paid) == 303
    shown = text_of(treasurer, "/accounting")
    assert "En tout 6,00 €" in shown, "what one person paid too much pays nobody else's debt"
    assert "octobre 2026 1 relevé 3,00 € novembre 2026 1 relevé 3,00 €" in shown
    href = "/statements?month=2026-10&amp;only=due"
    assert f'href="{href}"' in treasurer.get("/accounting").text
    use(database, minutes=38, ago_days=-20)
    shown = text_of(treasurer, "/accounting")
    assert "En tout 6,00 €" in shown, "what is to come is apart"
    assert shown.index("À venir") < shown.index("décembre 2026 1 relevé 3,00 €")
    assert "Reste dû 3,00 € 1 relevé" in text_of(treasurer, unescape(href))


def test_what_was_paid_too_much_is_given_back_with_a_reason(
    database: Database, clock: Clock
) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=2)
    key = payer_of(treasurer)
    here, month = f"/statements?month=2026-11&open={key}", {"month": "2026-11", "payer": key}
    paid = {"means": "cash", "amount": "10", "sure": "10,00"}
    assert send(treasurer, "/statements/pay", here, **month, **paid) == 303
    over = treasurer.get("/statements?month=2026-11&only=over").text
    assert f'id="p-{key}"' in over
    typed = {"csrf_token": token_of(treasurer), **month, "means": "cash", "why": "trop rendu"}
    again = refused(treasurer, "/statements/refund", **typed, amount="7,01")
    assert "un montant d’au plus 7,00 €, le trop-perçu" in again.replace("\xa0", " ")
    assert 'value="trop rendu"' in again
    form = {"means": "cash", "amount": "7", "why": "payé deux fois"}
    assert send(treasurer, "/statements/refund", here, **month, **form) == 303
    shown = text_of(treasurer, here)
    assert "Espèces, reçu 2026-000002 : remboursement, payé deux fois" in shown
    assert "Total 3,00 € 1 relevé Payé 3,00 € 1 relevé Reste dû 0,00 €" in shown
    with database.read() as db:
        made = db.scalars(select(PaymentRow.id).where(PaymentRow.amount_cents == -700)).one()
    assert "trop-perçu remboursé − 7,00 €" in text_of(treasurer, f"/sales/{made}")
    assert "reçu 2026-000002 : remboursement" in text_of(treasurer, f"/statements/2026-11/{key}")


def test_what_is_not_reckoned_yet_stands_in_nobodys_way(database: Database, clock: Clock) -> None:
    """While people work something always waits: closing reckons it first, and then asks."""
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=40)
    with database.write() as db:
        post_news(db, SessionNews(site=SITE, key=db.scalars(select(SessionRow.id)).one()))
    page = "/statements?month=2026-10"
    assert "Des utilisations ne sont pas encore comptées" in text_of(treasurer, page)
    assert 'aria-disabled="true"' not in treasurer.get(page).text.partition('class="freeze"')[2]
    assert send(treasurer, "/statements/close", month="2026-10", sure="3,00") == 303
    with database.read() as db:
        assert db.scalars(select(ClosedMonth.month)).all() == ["2026-10"]


def test_sold_at_the_desk_for_cash_with_a_receipt(database: Database, clock: Clock) -> None:
    set_prices(browser(database, clock, "manager"))
    desk = browser(database, clock, "desk")
    form = desk.get("/sales").get_data(as_text=True)
    (shown,) = re.findall(r'name="tariff" value="(\d+)"', form)
    plywood, ten_days = (
        re.findall(rf'value="(\d+)"[^>]*>\s*<span>{name}', form)[0]
        for name in ("Contreplaqué", "Pass Journée")
    )
    sold = {"place": plywood, "quantity": "2", "who": "", "means": "cash"}
    assert send(desk, "/sales", "/sales", **sold, tariff=str(int(shown) + 1)) == 422
    assert send(desk, "/sales", "/sales", **sold, tariff=shown) == 303
    wrong = {**sold, "place": ten_days}
    assert send(desk, "/sales", "/sales", **wrong) == 422  # a pass is somebody's
    token = token_of(desk)
    several = desk.post("/sales", data={"csrf_token": token, **wrong, "who": "Amina"})
    assert several.status_code == 422
    choices = re.findall(r'name="member_id" value="([^"]+)"', several.get_data(as_text=True))
    assert len(choices) == 2
    sent = {"csrf_token": token, **wrong, "quantity": "1", "who": "Amina Diallo"}
    answer = desk.post("/sales", data=sent)
    assert answer.status_code == 303
    receipt = text_of(desk, answer.headers["Location"])
    assert "Reçu 2026-000002" in receipt
    assert "Pass Journée, 10 jours" in receipt
    assert "le relevé doit être remis" not in receipt, "the desk has no statements"
    manager = browser(database, clock, "manager")
    assert "le relevé doit être remis" in text_of(manager, answer.headers["Location"])
    day = text_of(desk, "/sales")
    assert "Contreplaqué 2 plaques × 4,00 €" in day
    assert "Pass Journée, 10 jours, Amina Diallo" in day
    assert "36,00 €" in receipt
    assert "Amina Diallo" in receipt
    assert desk.get("/sales").text.count("/take-back") == 2, "one's own, at once"
    assert "/take-back" not in browser(database, clock, "treasurer").get("/sales").text
    undo = answer.headers["Location"] + "/take-back"
    for said in ("Vente annulée", "L’annulation n’est plus possible"):
        back = desk.post(undo, data={"csrf_token": token})
        assert said in text_of(desk, back.headers["Location"])
    day = text_of(desk, "/sales")
    assert "1 vente dans cette caisse, 8,00 €" in day
    assert "Vente annulée par le reçu 2026-000003." in day
    assert "Annule le reçu 2026-000002." in day
    with database.write() as db:
        yesterday = Utc.of(NOW - timedelta(days=1))
        sheet = Sale(place=int(sold["place"]), quantity=1, means=Means.CHEQUE, member_id=None)
        cheque = sales.sell(db, SITE, sheet, actor=SYSTEM, now=yesterday)
        payments.take_back(db, cheque.id, TakeBack(reason="rejeté"), actor=SYSTEM, now=NOW)
    assert "1 vente dans cette caisse, 8,00 €" in text_of(desk, "/sales"), "a cheque is no sale"
    till = browser(database, clock, "treasurer")
    theirs = sent | {"csrf_token": token_of(till)}
    assert till.post("/sales", data=theirs).status_code == 303  # who reads no member
    assert desk.get("/statements").status_code == 403
    assert "44,00 €" in text_of(browser(database, clock, "treasurer"))


def test_a_sale_says_what_it_comes_to_and_why_it_waits(database: Database, clock: Clock) -> None:
    set_prices(browser(database, clock, "manager"))
    desk, treasurer = (browser(database, clock, role) for role in ("desk", "treasurer"))

    def waits(client: FlaskClient, **typed: str) -> tuple[str, str]:
        """The total, and why the means of payment wait."""
        data = {"csrf_token": token_of(client), **typed}
        answer = client.post("/sales/total", data=data, headers={"HX-Request": "true"})
        text = re.sub("[\u00a0\u202f]", " ", unescape(answer.text))
        (total,) = re.findall(r"<span>Total</span><b>([^<]+)</b>", text)
        (why,) = re.findall(r'id="why">([^<]+)<', text)
        assert ("disabled" in text) == ("enregistre la vente" not in why)
        return total, why

    ready = "Choisir un moyen enregistre la vente et donne le reçu."
    assert waits(desk, quantity="1") == ("0,00 €", "Choisissez un article.")
    assert waits(desk, place="2", quantity="3") == ("12,00 €", ready)
    assert waits(desk, place="2", quantity="x")[0] == "0,00 €"
    assert waits(desk, place="1") == ("36,00 €", "Un pass ou un abonnement demande un nom.")
    assert waits(desk, place="1", who="Amina Diallo") == ("36,00 €", ready)
    assert "Plusieurs personnes" in waits(desk, place="1", who="Amina")[1]
    assert waits(treasurer, place="1", who="Amina")[1] == ready, "who reads no member reads none"
    with database.read() as db:
        assert db.scalars(select(PaymentRow.id)).all() == []


def test_somebody_elses_sale_is_cancelled_by_the_treasurer_with_a_reason(
    database: Database, clock: Clock
) -> None:
    treasurer, desk = (browser(database, clock, role) for role in ("treasurer", "desk"))
    set_prices(treasurer)
    sold = {"place": "2", "quantity": "1", "who": "", "means": "cash"}
    by_treasurer, by_desk = (
        client.post("/sales", data={"csrf_token": token_of(client), **sold}).headers["Location"]
        for client in (treasurer, desk)
    )
    assert "la trésorerie peut l’annuler" in text_of(desk, by_treasurer)
    assert '<p class="quietly no-paper">Ce reçu' in desk.get(by_treasurer).text, "it is the clerk's"
    assert send(desk, f"{by_treasurer}/take-back", reason="mine") == 303
    assert "Seule la trésorerie peut annuler" in text_of(desk, by_treasurer)
    assert "Motif de l’annulation" in text_of(treasurer, by_desk)
    assert send(treasurer, f"{by_desk}/take-back", reason=" ") == 303
    assert "Saisissez un motif" in text_of(treasurer, by_desk)
    assert send(treasurer, f"{by_desk}/take-back", reason="deux fois la même") == 303
    with database.read() as db:
        taken = select(PaymentRow.reason).where(PaymentRow.counters_id.is_not(None))
        assert db.scalars(taken).all() == ["deux fois la même"]


def test_the_till_lists_what_was_taken_back_that_day(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what the seller takes back without a reason, once the customer has gone."""
    treasurer, desk = (browser(database, clock, role) for role in ("treasurer", "desk"))
    set_prices(treasurer)
    assert "Annulé" not in text_of(treasurer)
    sold = {"place": "2", "quantity": "1", "who": "", "means": "cash", "csrf_token": token_of(desk)}
    made = desk.post("/sales", data=sold).headers["Location"]
    assert send(desk, f"{made}/take-back") == 303
    shown = text_of(treasurer)
    assert "Espèces 2 0,00 €" in shown
    assert re.search(
        r"Annulé Rien de cela .* − 4,00 € , Espèces, desk@example.org Contreplaqué", shown
    )
    assert f'href="{made}"' in treasurer.get("/statements").text
    assert "Noté par desk@example.org." in text_of(treasurer, made)
    assert "Noté par" not in text_of(desk, made)
    monkeypatch.setattr(taken_back, "AT_MOST", 1)
    assert "plus gros montants" not in text_of(treasurer)
    more = sold | {"quantity": "2", "csrf_token": token_of(desk)}
    for form in (more, sold | {"csrf_token": token_of(desk)}):
        again = desk.post("/sales", data=form).headers["Location"]
        assert send(desk, f"{again}/take-back") == 303
    shown = text_of(treasurer)
    assert "3 en tout, − 16,00 € ; plus gros montants affichés : 1." in shown
    assert "− 8,00 € , Espèces" in shown


def test_what_nobody_counted_stays_with_the_till_until_it_is_counted(
    database: Database, clock: Clock
) -> None:
    """What the desk takes back in the evening is there the next day, and so are its transfers."""
    apps = {role: make_app(database, clock).test_client() for role in ("treasurer", "desk")}

    def day_after(days: int) -> None:
        clock.forward(days=days)
        for role, client in apps.items():
            sign_in(client, role)

    day_after(0)
    treasurer, desk = apps["treasurer"], apps["desk"]
    set_prices(treasurer)
    sold = {"place": "2", "quantity": "1", "who": ""}

    def sell(means: str, quantity: str = "1") -> str:
        data = sold | {"means": means, "quantity": quantity, "csrf_token": token_of(desk)}
        return desk.post("/sales", data=data).headers["Location"]

    def count(cash: str) -> None:
        assert send(treasurer, "/statements/till", "/statements", counted=cash, float="0") == 303

    assert send(desk, f"{sell('cash', '9')}/take-back") == 303
    sell("transfer")
    first = NOW.date()
    day_after(1)
    shown = text_of(treasurer)
    assert "Virement" not in shown.partition("Caisse du")[2], "never counted: a day at a time"
    yesterday = f"/statements?month=2026-11&day={first.isoformat()}"
    assert yesterday in unescape(treasurer.get("/statements").text)
    back = r"Annulé Rien de cela .* \d\d:\d\d − 36,00 € , Espèces, desk@example.org Contreplaqué"
    assert re.search(back, text_of(treasurer, yesterday))
    assert "Virement 1 4,00 €" in text_of(treasurer, yesterday)
    assert "Clore la journée" not in text_of(treasurer, yesterday), "it is counted today"
    count("0")
    day_after(1)
    assert send(desk, f"{sell('cash', '8')}/take-back") == 303
    sell("transfer", "2")
    day_after(2)
    shown = text_of(treasurer)
    assert "Ces jours ne sont pas encore comptés." in shown
    assert "Virement 1 8,00 €" in shown
    assert re.search(r"Annulé Rien de cela .* − 32,00 € , Espèces, desk@example.org", shown)
    assert "− 36,00" not in shown.partition("Annulé Rien")[2].partition("Tiroir")[0]
    assert (
        "Virement"
        not in text_of(treasurer, f"/statements?day={clock.now.date()}").partition("Caisse du")[2]
    )
    count("0")
    assert "Ces jours ne sont" not in text_of(treasurer)
    assert "Virement 1 8,00 €" in text_of(treasurer), "as it was counted"
    day_after(1)
    assert "Annulé Rien" not in text_of(treasurer)
    month = text_of(treasurer, "/statements?month=2026-11").partition("Annulé en novembre 2026")[2]
    assert re.match(r" 2 annulations : − 68,00 € \d+ nov\., \d\d:\d\d − 36,00 €", month)


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "2100-01-01", "0001-01-01"])
def test_a_day_that_is_none_or_to_come_has_no_till(
    database: Database, clock: Clock, day: str
) -> None:
    treasurer = browser(database, clock, "treasurer")
    assert treasurer.get("/statements", query_string={"day": day}).status_code == 404


def test_a_form_that_is_sent_twice_sells_and_pays_once(database: Database, clock: Clock) -> None:
    set_prices(browser(database, clock, "manager"))
    treasurer = browser(database, clock, "treasurer")
    form = treasurer.get("/sales").get_data(as_text=True)
    (once,) = re.findall(r'name="once" value="([^"]+)"', form)
    sold = {"place": "2", "quantity": "1", "who": "", "means": "cash", "once": once}
    sold["csrf_token"] = token_of(treasurer)
    receipts = {treasurer.post("/sales", data=sold).headers["Location"] for _again in range(2)}
    assert len(receipts) == 1
    use(database, minutes=38, ago_days=2)
    key = payer_of(treasurer)
    here = f"/statements?month=2026-11&open={key}"
    page = treasurer.get(here).get_data(as_text=True)
    (once,) = re.findall(r'name="once" value="([^"]+)"', page)
    paid = {"month": "2026-11", "payer": key, "means": "card", "amount": "3", "once": once}
    for _again in range(2):
        assert send(treasurer, "/statements/pay", here, **paid) == 303
    with database.read() as db:
        amounts = db.scalars(select(PaymentRow.amount_cents).order_by(PaymentRow.id)).all()
    assert sorted(amounts) == [300, 400]


def test_the_till_is_counted_closed_and_handed_over(database: Database, clock: Clock) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    sold = {"place": "2", "quantity": "5", "who": "", "means": "cash"}
    assert send(treasurer, "/sales", "/sales", **sold) == 303
    month = {"month": "2026-11"}
    typed = {"csrf_token": token_of(treasurer), **month, "reference": "SGC 41"}
    again = refused(treasurer, "/statements/handover", **typed, amount="20,01")
    assert re.search(r'value="20,01"[^>]*aria-invalid="true"', again)
    assert "ne dépasse pas les espèces" in again
    asked = treasurer.post("/statements/handover", data={**typed, "amount": "15"}).headers[
        "Location"
    ]
    assert "15,00 € vont au trésorier, avec le reçu « SGC 41 »." in text_of(treasurer, asked)
    assert 'name="sure" value="15,00"' in treasurer.get(asked).text
    assert "treasurer@example.org" not in text_of(treasurer), "nothing is noted before the answer"
    sure = {**month, "amount": "15", "reference": "SGC 41", "sure": "15,00"}
    assert send(treasurer, "/statements/handover", **sure) == 303
    assert "15,00 € , treasurer@example.org SGC 41" in text_of(treasurer)
    (undo,) = re.findall(
        r'action="(/statements/handover/[^"]+)"', treasurer.get("/statements").text
    )
    assert send(browser(database, clock, "manager"), undo, **month) == 303, "not theirs"
    assert "5,00 € d’espèces à verser" in text_of(treasurer)
    for said in ("Versement annulé", "Vous ne pouvez annuler que votre dernier versement"):
        assert send(treasurer, undo, **month) == 303
        shown = text_of(treasurer)
        assert said in shown
        assert "20,00 € d’espèces à verser" in shown
    assert send(treasurer, "/statements/handover", **sure) == 303
    empty = treasurer.get("/statements?month=2026-11").text
    assert 'name="counted" type="text" value=""' in empty, "it is counted, and not believed"
    counted = {"counted": "4,50", "float": "50"}
    typed = {"csrf_token": token_of(treasurer), **month, **counted}
    again = treasurer.get(treasurer.post("/statements/till", data=typed).headers["Location"]).text
    assert 'name="counted" type="text" value="4,50"' in again
    assert "L’écart est de −\xa00,50\xa0€\xa0: donnez-en le motif." in unescape(again)
    assert re.search(r'id="difference"[^>]*aria-invalid="true"', again)
    typed |= {"counted": "4.5.0", "difference": "rendu de trop"}
    again = treasurer.get(treasurer.post("/statements/till", data=typed).headers["Location"]).text
    assert 'value="rendu de trop"' in again
    counted["difference"] = "rendu 50 centimes de trop"
    assert send(treasurer, "/statements/till", **month, **counted) == 303
    shown = text_of(treasurer)
    assert "Journée close : écart de − 0,50 €." in shown
    off = "Close : 4,50 € comptés, 5,00 € attendus. Écart de − 0,50 € : rendu 50 centimes de trop"
    assert off in shown
    assert (
        "Fonds de caisse 50,00 € Espèces au-delà du fonds − 45,50 € Doit contenir 4,50 €" in shown
    )
    assert "Rien à verser : le fonds de caisse n’est pas complet." in shown
    assert send(treasurer, "/statements/till", **month, **counted) == 303
    assert send(treasurer, "/sales", "/sales", **sold) == 303
    with database.read() as db:
        days = db.scalars(select(PaymentRow.day).order_by(PaymentRow.id)).all()
    assert [day.day for day in days] == [24, 25]
    assert send(treasurer, "/sales", "/sales", **sold | {"means": "cheque"}) == 303
    shown = text_of(treasurer)
    assert "la prochaine caisse : Espèces : 20,00 €, Chèque : 20,00 €." in shown
    assert "Annuler ce versement" not in shown, "the till was counted since"
    use(database, minutes=38, ago_days=2)
    key = payer_of(treasurer)
    paid = {**month, "payer": key, "means": "cash", "amount": "1"}
    assert send(treasurer, "/statements/pay", "/statements", **paid) == 303
    row = text_of(treasurer, f"/statements?month=2026-11&open={key}")
    assert "mar. 24 Espèces, reçu 2026-000004" in row, "the day on which it was paid"
    sales = text_of(treasurer, "/sales")
    assert "cette vente comptera dans celle du mercredi 25 novembre 2026" in sales
    assert "Compté dans la caisse du mercredi 25 novembre 2026." in sales


def test_a_handover_after_the_till_was_counted_can_be_undone(
    database: Database, clock: Clock
) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    sold = {"place": "2", "quantity": "5", "who": "", "means": "cash"}
    assert send(treasurer, "/sales", "/sales", **sold) == 303
    month = {"month": "2026-11"}
    counted = {"counted": "20", "float": "5"}
    assert send(treasurer, "/statements/till", **month, **counted) == 303
    clock.forward(minutes=1)
    handed = {**month, "amount": "15", "sure": "15,00"}
    assert send(treasurer, "/statements/handover", **handed) == 303
    page = treasurer.get("/statements").text
    (undo,) = set(re.findall(r'action="(/statements/handover/[^"]+)"', page))
    assert "Annuler ce versement" in page
    assert send(treasurer, undo, **month) == 303
    shown = text_of(treasurer)
    assert "Versement annulé" in shown
    assert "15,00 € d’espèces à verser" in shown


def test_what_cannot_be_taken_back_is_not_offered(database: Database, clock: Clock) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=2)
    key = payer_of(treasurer)
    here, month = f"/statements?month=2026-11&open={key}", {"month": "2026-11", "payer": key}
    paid = {**month, "means": "cash", "amount": "10"}
    treasurer.set_cookie("language", "en")
    asked = treasurer.post("/statements/pay", data={"csrf_token": token_of(treasurer), **paid})
    again = treasurer.get(asked.headers["Location"]).text
    assert 'name="amount" type="text" value="10.00"' in again, "as English writes it"
    assert send(treasurer, "/statements/pay", here, **paid, sure="10,00") == 303
    with database.read() as db:
        payment = db.scalars(select(PaymentRow.id)).one()
    for address in (here, f"/sales/{payment}"):
        assert f"{payment}/take-back" in treasurer.get(address).text
    back = {**month, "means": "cash", "amount": "7", "why": "paid twice"}
    assert send(treasurer, "/statements/refund", here, **back) == 303
    for address in (here, f"/sales/{payment}"):
        assert f"{payment}/take-back" not in treasurer.get(address).text, "the cash is gone"
    with database.read() as db:
        refund = db.scalars(select(PaymentRow.id).where(PaymentRow.amount_cents < 0)).one()
    assert send(treasurer, f"/sales/{refund}/take-back", here) == 303
    assert "Payment cancelled: a reverse entry" in text_of(treasurer, f"/sales/{refund}")
    assert f"{payment}/take-back" in treasurer.get(here).text


def test_what_no_drawer_shows_is_to_be_compared(database: Database, clock: Clock) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    sold = {"place": "2", "quantity": "5", "who": ""}
    assert send(treasurer, "/sales", "/sales", **sold, means="cash") == 303
    assert "Comparez les chèques" not in text_of(treasurer)
    assert send(treasurer, "/sales", "/sales", **sold, means="card") == 303
    shown = text_of(treasurer)
    assert "Carte, au terminal 1 20,00 €" in shown
    assert "Comparez les chèques" in shown


def test_an_amount_far_above_the_usual_is_asked_once(database: Database, clock: Clock) -> None:
    desk = browser(database, clock, "desk")
    set_prices(browser(database, clock, "treasurer"))
    sold = {"place": "2", "who": "", "means": "cash"}
    token = token_of(desk)
    asked = desk.post("/sales", data={"csrf_token": token, **sold, "quantity": "500"})
    assert asked.status_code == 422
    assert "2\u202f000,00" in asked.get_data(as_text=True)
    assert 'name="sure" value="yes"' in asked.get_data(as_text=True)
    with database.read() as db:
        assert not db.scalars(select(PaymentRow.id)).all()
    assert send(desk, "/sales", "/sales", **sold, quantity="500", sure="yes") == 303
    assert send(desk, "/sales", "/sales", **sold, quantity="500") == 303


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
    assert "sur son relevé" not in desk, "nothing is renewed there yet"
    many = {"member": amina, "deed": "renew", "length": "year", "csrf_token": token_of(manager)}
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


def test_a_sale_on_a_statement_is_cancelled_or_stays_owed(database: Database, clock: Clock) -> None:
    treasurer, desk = (browser(database, clock, role) for role in ("manager", "desk"))
    set_prices(treasurer)
    with database.read() as db:
        amina = db.scalars(
            select(MemberRow.id).where(MemberRow.display_name == "Amina Diallo")
        ).one()
    key, here = f"member:{amina}", f"/statements?open=member:{amina}"
    owes = {"month": "2026-11", "payer": key}
    for seller, place in ((desk, "2"), (treasurer, "1")):  # a sheet, a pass
        sold = {"place": place, "quantity": "1", "means": "cash", "member_id": amina}
        assert send(seller, "/sales", **sold) == 303
    with database.write() as db:
        sheet, days = db.scalars(select(PaymentRow.id).order_by(PaymentRow.id))
        given = db.scalars(select(PassRow)).one()
        use_of = {"pass_id": given.id, "member_id": amina, "starts_at": NOW, "ends_at": NOW}
        db.add(PassUse(id=uuid7(), day=NOW.date(), half=0, **use_of))
    shown = text_of(treasurer, here)
    assert shown.count("Annuler cette vente…") == 1, "a day of the pass is spent"
    assert shown.count("Paiement non reçu…") == 2
    assert "take-back" not in treasurer.get(f"/sales/{days}").text
    assert "Annuler ce paiement…" not in shown
    undo = "/statements/payments/{}/take-back"
    assert send(treasurer, undo.format(days), **owes) == 303
    assert "un jour du pass déjà utilisé" in treasurer.get(here).text
    typed = {"csrf_token": token_of(treasurer), **owes}
    for of, more in (("why", {}), ("unpaid", {"keeps_sale": "yes"})):
        again = refused(treasurer, undo.format(sheet), **typed, **more)
        assert again.startswith(f'id="{of}-{sheet}"')
        assert 'aria-invalid="true"' in again
        assert "Saisissez un motif" in again
    bounced = {**owes, "keeps_sale": "yes", "reason": "Chèque sans provision"}
    assert send(treasurer, undo.format(sheet), **bounced) == 303
    assert "Reste dû 4,00 €" in text_of(treasurer, here)
    receipt = text_of(treasurer, f"/sales/{sheet}")
    assert "Paiement annulé par le reçu 2026-000003. La vente n’est pas annulée." in receipt
    assert "Annule le paiement du reçu 2026-000001. La vente n’est pas annulée." in text_of(
        treasurer, "/sales"
    )


def test_a_payment_for_a_month_without_a_debt_is_asked_listed_and_marked(
    database: Database, clock: Clock
) -> None:
    """It goes back by transfer, as it came; nobody is asked for a statement that there is not."""
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=2)
    key = payer_of(treasurer)
    here, month = f"/statements?month=2026-09&open={key}", {"month": "2026-09", "payer": key}
    paid = {"means": "transfer", "amount": "500"}
    for sure in ("", "500,00"):
        assert send(treasurer, "/statements/pay", here, **month, **paid, sure=sure) == 303
    shown = text_of(treasurer, here)
    assert "500,00 € payés : rien n’était dû" in shown
    assert "Trop payé 500,00 €" in shown
    assert "0 relevé" in shown
    html = treasurer.get(here).text
    assert '<option value="transfer"' in html
    assert '<option value="cash"' not in html.partition("/statements/refund")[2]
    with database.read() as db:
        assert len(db.scalars(select(PaymentRow.id)).all()) == 1, "asked once, noted once"
