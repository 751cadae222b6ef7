"""Sales at the desk, through the pages."""

import re
from datetime import timedelta
from html import unescape

from babel.dates import format_date
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.agents import away
from controller.capabilities.agents.models import AgentState
from controller.capabilities.billing import payments, sales
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import PaymentRow
from controller.capabilities.billing.sales import Sale
from controller.capabilities.billing.shapes import TakeBack
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans import passes
from controller.capabilities.plans.models import PassRow, PlanRow
from controller.capabilities.plans.shapes import NewPass
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.policy.models import PolicySite
from tests.support.clock import Clock
from tests.webui.billing.money_pages import (
    SYSTEM,
    browser,
    payer_of,
    send,
    set_prices,
    text_of,
    use,
)
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of


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
    other = {"csrf_token": token_of(desk), **sold, "tariff": str(int(shown) + 1)}
    refused = desk.post("/sales", data=other)
    assert refused.status_code == 422
    assert "Les prix viennent de changer" in refused.get_data(as_text=True)
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
    due_first = "le relevé doit être remis avant le paiement"
    assert f"{due_first} : la trésorerie l’a." in receipt, "the desk has no statements"
    manager = browser(database, clock, "manager")
    assert f"{due_first}." in text_of(manager, answer.headers["Location"])
    day = text_of(desk, "/sales")
    assert "Contreplaqué 2 plaques × 4,00 €" in day
    assert "Pass Journée, 10 jours, Amina Diallo" in day
    assert "36,00 €" in receipt
    assert "Amina Diallo" in receipt
    assert desk.get("/sales").text.count("/take-back") == 2, "one's own, at once"
    assert "/take-back" not in browser(database, clock, "treasurer").get("/sales").text
    undo = answer.headers["Location"] + "/take-back"
    named = "avec un reçu inverse : Pass Journée, 10 jours, 36,00 € (reçu 2026-000002)"
    for said in (f"Vente annulée, {named}", "L’annulation n’est plus possible"):
        back = desk.post(undo, data={"csrf_token": token})
        assert said in text_of(desk, back.headers["Location"])
    assert due_first not in text_of(manager, answer.headers["Location"]), "it is cancelled"
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


def test_what_a_silent_box_may_have_opened_is_cancelled_with_a_reason(
    database: Database, clock: Clock
) -> None:
    set_prices(browser(database, clock, "manager"))
    desk, treasurer = (browser(database, clock, role) for role in ("desk", "treasurer"))
    form = desk.get("/sales").get_data(as_text=True)
    (shown,) = re.findall(r'name="tariff" value="(\d+)"', form)
    (ten_days,) = re.findall(r'value="(\d+)"[^>]*>\s*<span>Pass Journée', form)
    sold = {"place": ten_days, "quantity": "1", "who": "Amina Diallo", "means": "cash"}
    sale = desk.post("/sales", data={"csrf_token": token_of(desk), "tariff": shown, **sold})
    receipt = sale.headers["Location"]
    assert f'action="{receipt}/take-back"' in desk.get(receipt).text
    with database.write() as db:
        away.record_absence(db, "pi", Utc.of(NOW + timedelta(seconds=1)))
    assert f'action="{receipt}/take-back"' not in desk.get(receipt).text
    assert "seule la trésorerie peut annuler" in text_of(desk, receipt)
    sent = {"csrf_token": token_of(desk)}
    back = desk.post(f"{receipt}/take-back", data=sent)
    assert "un boîtier muet peut encore le dire : seule la trésorerie" in text_of(
        desk, back.headers["Location"]
    )
    asked = text_of(treasurer, receipt)
    assert "un boîtier muet peut encore le dire." in asked
    sent = {"csrf_token": token_of(treasurer)}
    back = treasurer.post(f"{receipt}/take-back", data=sent)
    assert "Saisissez un motif" in text_of(treasurer, back.headers["Location"])
    done = treasurer.post(f"{receipt}/take-back", data=sent | {"reason": "erreur"})
    assert "Vente annulée" in text_of(treasurer, done.headers["Location"])


def test_what_boxes_have_not_confirmed_yet_can_be_cancelled_in_a_moment(
    database: Database, clock: Clock
) -> None:
    set_prices(browser(database, clock, "manager"))
    desk, treasurer = (browser(database, clock, role) for role in ("desk", "treasurer"))
    with database.write() as db:
        seen = Utc.of(NOW - timedelta(seconds=20))
        reported = {
            "boot_id": None,
            "connection": 1,
            "protocols": (1,),
            "telemetry": {"backlog": 0},
        }
        version = {"epoch": 1, "policy_version": -1, "seen_at": seen}
        db.add(AgentState(agent_id="pi", online=True, **reported, **version))
    form = desk.get("/sales").get_data(as_text=True)
    (shown,) = re.findall(r'name="tariff" value="(\d+)"', form)
    (ten_days,) = re.findall(r'value="(\d+)"[^>]*>\s*<span>Pass Journée', form)
    sold = {"place": ten_days, "quantity": "1", "who": "Amina Diallo", "means": "cash"}
    sale = desk.post("/sales", data={"csrf_token": token_of(desk), "tariff": shown, **sold})
    receipt = sale.headers["Location"]
    told = "Les boîtiers sont en train d’en être informés"
    for reader in (desk, treasurer):
        page = text_of(reader, receipt)
        assert told in page
        assert "Vérifier de nouveau" in page
        assert "boîtier muet" not in page, "nothing is silent, and nothing was opened"
    back = desk.post(f"{receipt}/take-back", data={"csrf_token": token_of(desk)})
    said = text_of(desk, back.headers["Location"])
    assert "Pas encore annulée : les boîtiers sont en train d’en être informés." in said
    clock.now = Utc.of(NOW + timedelta(seconds=46))
    assert told not in text_of(desk, receipt)
    assert "seule la trésorerie peut annuler" in text_of(desk, receipt), "the box is silent"
    with database.write() as db:
        box = db.get_one(AgentState, "pi")
        box.seen_at, box.policy_version = NOW, db.get_one(PolicySite, SITE).version
        box.epoch = db.get_one(PolicySite, SITE).epoch
    assert f'action="{receipt}/take-back"' in desk.get(receipt).text


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
    assert "(receipt 2026-000002). A reverse entry was" in text_of(treasurer, f"/sales/{refund}")
    assert f"{payment}/take-back" in treasurer.get(here).text
    cash_is_back = (
        "Cancelled Positive amounts are cancelled refunds, which the till counts again: check that "
        "the money is there."
    )
    till = text_of(treasurer)
    assert cash_is_back in till

    assert "1 cancelled refund: €7.00" in till
    assert send(treasurer, f"/sales/{payment}/take-back", here, reason="mistake") == 303
    treasurer.set_cookie("language", "fr")
    till = text_of(treasurer)
    assert "1 annulation : − 10,00 € · 1 remboursement annulé : 7,00 €" in till
    for text in ("Les montants négatifs ne sont plus dans", "que la caisse compte à nouveau"):
        assert text in till


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


def test_what_was_given_is_paid_and_another_one_is_sold_by_a_second_choice(
    database: Database, clock: Clock
) -> None:
    set_prices(browser(database, clock, "manager"))
    desk = browser(database, clock, "desk")
    with database.write() as db:
        amina = db.scalars(select(MemberRow.id).where(MemberRow.display_name == "Amina Diallo"))
        plan = db.scalars(select(PlanRow.id)).first()
        new = NewPass(member_id=amina.one(), plan_id=str(plan), units=10, valid_from=NOW)
        given = passes.create(db, new, actor=SYSTEM, now=NOW).id
    clock.forward(minutes=5)
    sold = {"place": "1", "who": "Amina Diallo", "means": "cash", "csrf_token": token_of(desk)}
    live = desk.post("/sales/total", data=sold, headers={"HX-Request": "true"}).text
    shown = " ".join(re.sub("[\u00a0\u202f]", " ", unescape(live)).split())
    assert "Cette personne l’a déjà, et 36,00 € ne sont pas encore comptés." in shown
    asked = desk.post("/sales", data=sold)
    assert asked.status_code == 422
    assert "Rien n’est encore enregistré" in unescape(asked.text)
    assert f'value="pays:{given}:3600" checked' in asked.text
    catch_up(database, SITE, clock())
    live = desk.post("/sales/total", data=sold, headers={"HX-Request": "true"}).text
    shown = " ".join(re.sub("[\u00a0\u202f]", " ", unescape(live)).split())
    assert "a déjà, depuis le 24 novembre : 36,00 € restent à payer, sur son relevé de" in shown
    assert "Encaisser ce paiement : 36,00 €" in shown
    assert "En vendre un autre : 36,00 €" in shown
    wrong = desk.post("/sales", data={**sold, "unpaid": "pays:another"})
    assert wrong.status_code == 422
    old = desk.post("/sales", data={**sold, "unpaid": f"pays:{given}:3000"})
    assert old.status_code == 422
    assert "vient de changer" in old.text
    paid = {**sold, "unpaid": f"pays:{given}:3600"}
    receipt = desk.post("/sales", data=paid).headers["Location"]
    text = text_of(desk, receipt)
    assert "Pass Journée, 10 jours" in text
    assert "Annuler ce paiement" in text
    statement = f"/statements?month=2026-11&open={payer_of(browser(database, clock, 'treasurer'))}"
    treasurer = browser(database, clock, "treasurer")
    assert "Annuler cette vente" not in text_of(treasurer, statement)
    refused = desk.post("/sales", data={**sold, "unpaid": f"pays:{given}"})
    assert "C’est déjà payé" in unescape(refused.text)
    back = desk.post(f"{receipt}/take-back", data={"csrf_token": sold["csrf_token"]})
    assert "Paiement annulé" in text_of(desk, back.headers["Location"])
    assert "Paiement annulé par le reçu" in text_of(desk, receipt)
    assert "La vente n’est pas" not in text_of(desk, "/sales")
    more = desk.post("/sales", data={**sold, "unpaid": f"beside:{given}"})
    assert more.status_code == 303
    with database.read() as db:
        assert len(db.scalars(select(PassRow.id)).all()) == 2


def test_a_paid_subscription_that_goes_on_is_named_before_the_next_year_is_sold(
    database: Database, clock: Clock
) -> None:
    manager = browser(database, clock, "manager")
    year = {"of": "subscription:day", "price_cents": "120"}
    assert send(manager, "/tariffs/draft", **year) == 303
    said = "Les abonnements sont vendus par l’accueil ou un responsable."
    treasurer = browser(database, clock, "treasurer")
    assert said not in text_of(treasurer, "/sales"), "the tariff has none yet"
    set_prices(manager)
    assert said in text_of(treasurer, "/sales")
    assert said not in text_of(manager, "/sales")
    form = manager.get("/sales").text
    (place,) = re.findall(r'value="(\d+)"[^>]*>\s*<span>Abonnement', form)
    sold = {"place": place, "who": "Amina Diallo", "means": "cash", "csrf_token": token_of(manager)}
    for words in ("", "jusqu’au 23 novembre 2027. La nouvelle année irait du 24 novembre 2027 au"):
        live = manager.post("/sales/total", data=sold, headers={"HX-Request": "true"}).text
        shown = " ".join(re.sub("[\u00a0\u202f]", " ", unescape(live)).split())
        assert words in shown
        assert ("La nouvelle année" in shown) == bool(words)
        assert manager.post("/sales", data=sold).status_code == 303


def test_an_article_that_is_owed_already_is_named_before_it_is_sold(
    database: Database, clock: Clock
) -> None:
    set_prices(browser(database, clock, "manager"))
    desk = browser(database, clock, "desk")
    form = desk.get("/sales").text
    (place,) = re.findall(r'value="(\d+)"[^>]*>\s*<span>Contreplaqué', form)
    sold = {"place": place, "quantity": "2", "who": "Amina Diallo", "means": "cash"}
    sold["csrf_token"] = token_of(desk)
    owed = "8,00 € restent à payer pour cet article, sur le relevé de novembre 2026."

    def is_owed() -> bool:
        live = desk.post("/sales/total", data=sold, headers={"HX-Request": "true"}).text
        return owed in " ".join(re.sub("[\u00a0\u202f]", " ", unescape(live)).split())

    assert not is_owed()
    assert desk.post("/sales", data=sold).status_code == 303
    assert not is_owed(), "it is paid"
    with database.write() as db:
        paid = db.scalars(select(PaymentRow.id)).one()
        payments.take_back(db, paid, TakeBack(reason="sans provision"), actor=SYSTEM, now=NOW)
    assert is_owed(), "the cheque bounced: the article stays on the statement"


def test_sales_of_the_till_are_those_since_it_was_counted(database: Database, clock: Clock) -> None:
    """A sale of an earlier day is one's own, but only the treasurer cancels it."""
    apps = {role: make_app(database, clock).test_client() for role in ("treasurer", "desk")}

    def day_after(days: int) -> None:
        clock.forward(days=days)
        for role, client in apps.items():
            sign_in(client, role)

    day_after(0)
    treasurer, desk = apps["treasurer"], apps["desk"]
    set_prices(treasurer)

    def sell(quantity: str) -> None:
        sold = {"place": "2", "quantity": quantity, "who": "", "means": "cash"}
        assert send(desk, "/sales", "/sales", **sold) == 303

    sell("1")
    counted = {"counted": "4", "float": "0"}
    assert send(treasurer, "/statements/till", "/statements", **counted) == 303
    day_after(1)
    sell("2")
    day = format_date(clock.now, "d MMM", locale="fr")
    assert desk.get("/sales").text.count("/take-back") == 1
    day_after(1)
    sell("3")
    shown = text_of(desk, "/sales")
    assert "2 ventes dans cette caisse, 20,00 €" in shown
    assert f"{day} 14:00 8,00 € Espèces" in shown
    assert "2026-000001" not in shown, "that one is counted"
    assert desk.get("/sales").text.count("/take-back") == 1, "today's alone"
    assert "Toute la caisse, relevés payés compris 20,00 €" in text_of(treasurer, "/sales")
    desk.set_cookie("language", "en")
    assert "2 sales in this till, €20.00" in text_of(desk, "/sales")
