"""Remissions, through the pages: on a closed month, and taken back."""

import re
from datetime import timedelta
from html import unescape

from sqlalchemy import select

from controller.capabilities.billing.models import ChargeRow, PaymentRow
from controller.domain.time import Utc
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.billing.money_pages import (
    browser,
    payer_of,
    refused,
    send,
    set_prices,
    text_of,
    use,
)
from tests.webui.conftest import token_of


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
    assert "0,50 € restent dus" in text_of(treasurer, "/accounting")
    assert "Reste dû : 0,50 €" in text_of(treasurer, f"/statements/2026-10/{key}")
    refund = {"month": "2026-11", "payer": key, "means": "transfer", "why": "rendu"}
    assert send(treasurer, "/statements/refund", later, **refund, amount="2,50") == 303
    with database.read() as db:
        assert db.scalars(select(PaymentRow)).all() == []
    paid = {"month": "2026-10", "payer": key, "means": "transfer", "amount": "0,50"}
    assert send(treasurer, "/statements/pay", here, **paid) == 303
    shown = text_of(treasurer, here)
    assert "Ce mois est clôturé et réglé : la remise devient une ligne du relevé" in shown


def test_a_sale_that_was_cancelled_after_closing_can_not_be_remitted(
    database: Database, clock: Clock
) -> None:
    now, clock.now = clock.now, Utc.of(clock.now - timedelta(days=35))
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=40)
    key = payer_of(treasurer, "2026-10")
    sold = {"place": "2", "quantity": "1", "means": "cash", "member_id": key.partition(":")[2]}
    assert send(treasurer, "/sales", **sold) == 303
    clock.now = now
    here, month = f"/statements?month=2026-10&open={key}", {"month": "2026-10", "payer": key}
    treasurer = browser(database, clock, "treasurer")
    assert send(treasurer, "/statements/close", here, **month, sure="7,00") == 303
    options = re.compile(r'<select[^>]* name="charge".*?</select>', re.DOTALL)
    assert options.findall(treasurer.get(here).text)[0].count("<option") == 2
    with database.read() as db:
        payment = db.scalars(select(PaymentRow.id)).one()
    undo = f"/statements/payments/{payment}/take-back"
    assert send(treasurer, undo, here, **month, reason="vendu à tort") == 303
    (left,) = options.findall(treasurer.get(here).text)
    assert left.count("<option") == 1


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
    rest = "octobre 2026 1 relevé 0,50 € novembre 2026 1 relevé 3,00 €"
    assert f"septembre 2026 1 relevé 3,00 € {rest}" in shown
    clock.now = Utc.parse("2026-12-01T09:00:00.000Z")
    shown = text_of(browser(database, clock, "treasurer"), "/accounting")
    assert "septembre 2026 1 relevé depuis 2 mois 3,00 €" in shown, "two months after its end"
    assert "dont 3,00 € depuis deux mois ou plus" in shown
    assert rest in shown


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
