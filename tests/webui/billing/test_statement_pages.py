"""Statements, through the pages: opened, paid, refunded and closed."""

import re
from html import unescape

from sqlalchemy import select

from controller.capabilities.billing import charges
from controller.capabilities.billing.models import ChargeRow, ClosedMonth, PaymentRow
from controller.capabilities.billing.shapes import NewCharge
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.plans.models import PassRow, PassUse
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.kernel.database import Database
from controller.kernel.outbox import post_news
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.billing.money_pages import (
    SYSTEM,
    browser,
    payer_of,
    refused,
    send,
    set_prices,
    text_of,
    use,
)
from tests.webui.conftest import NOW, SITE, token_of


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
    assert "Reste dû 3,00 € Relevé" in text_of(manager, f"/members/{key.removeprefix('member:')}")
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
    assert "Non clos : le montant a changé entre-temps." in question
    assert (
        "2 relevés, 2,00 € en tout, dont 0,00 € payés. Un mois clos ne se rouvre pas." in question
    )
    assert "Oui, clore octobre 2026" in question
    assert "1 est à zéro et a aussi son numéro" in question
    assert send(treasurer, "/statements/close", here, **month, sure="2,00") == 303
    assert "2026-10-001" in text_of(treasurer, here)
    for total in ("2,00", "1,00"):  # from a page that was opened before it was closed
        assert send(treasurer, "/statements/close", here, **month, sure=total) == 303
        shown = text_of(treasurer, f"/statements?month={month['month']}")
        assert "Ce mois est déjà clos : rien n’a été changé." in shown
        assert "entre-temps" not in shown
    assert send(treasurer, "/statements/close", here, month="2026-11", sure="0,00") == 303
    with database.read() as db:
        assert db.scalars(select(ClosedMonth.month)).all() == ["2026-10"]
    assert "Octobre 2026 : reste dû 2,00 €, 1 relevé" in text_of(treasurer)


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
    assert "6,00 € restent dus" in shown, "what one person paid too much pays nobody else's debt"
    assert "octobre 2026 1 relevé 3,00 € novembre 2026 1 relevé 3,00 €" in shown
    href = "/statements?month=2026-10&amp;only=due"
    assert f'href="{href}"' in treasurer.get("/accounting").text
    use(database, minutes=38, ago_days=-20)
    shown = text_of(treasurer, "/accounting")
    assert "6,00 € restent dus" in shown, "what is to come is apart"
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
    assert "Ce pass a servi : sa vente ne peut plus être annulée." in text_of(
        desk, f"/sales/{days}"
    )
    assert "Ce pass a servi" not in text_of(desk, f"/sales/{sheet}")
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


def test_what_was_paid_for_a_month_to_come_is_not_offered_as_a_refund(
    database: Database, clock: Clock
) -> None:
    """Its payment can be cancelled instead."""
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    use(database, minutes=38, ago_days=2)
    key = payer_of(treasurer)
    here = f"/statements?month=2027-12&open={key}"
    paid = {"month": "2027-12", "payer": key, "means": "transfer", "amount": "90", "sure": "90,00"}
    assert send(treasurer, "/statements/pay", here, **paid) == 303
    shown = text_of(treasurer, here)
    assert "Virement, reçu 2026-000001" in shown
    assert "Trop payé 90,00 €" in shown
    assert "Rembourser" not in shown
    assert "Annuler ce paiement" in shown
    assert "Pour le rendre maintenant, annulez le paiement ci-dessus." in shown
