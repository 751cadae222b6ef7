"""The till, through the pages: counted, handed over, and compared with what was taken back."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.billing import cancellations
from controller.capabilities.billing.models import PaymentRow
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
from tests.webui.conftest import NOW, make_app, sign_in, token_of


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
    assert "Espèces 0 0,00 €" in shown
    assert re.search(
        r"Annulé Les montants .* − 4,00 € , Espèces, desk@example.org Contreplaqué", shown
    )
    assert "remboursements annulés" not in shown
    assert f'href="{made}"' in treasurer.get("/statements").text
    assert "Noté par desk@example.org." in text_of(treasurer, made)
    assert "Noté par" not in text_of(desk, made)
    monkeypatch.setattr(cancellations, "AT_MOST", 1)
    assert "plus gros montants" not in text_of(treasurer)
    more = sold | {"quantity": "2", "csrf_token": token_of(desk)}
    for form in (more, sold | {"csrf_token": token_of(desk)}):
        again = desk.post("/sales", data=form).headers["Location"]
        assert send(desk, f"{again}/take-back") == 303
    shown = text_of(treasurer)
    assert "3 annulations : − 16,00 € ; plus gros montants affichés : 1." in shown
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
    back = r"Annulé Les montants .* \d\d:\d\d − 36,00 € , Espèces, desk@example.org Contreplaqué"
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
    assert re.search(r"Annulé Les montants .* − 32,00 € , Espèces, desk@example.org", shown)
    assert "− 36,00" not in shown.partition("Annulé Les montants")[2].partition("Tiroir")[0]
    assert (
        "Virement"
        not in text_of(treasurer, f"/statements?day={clock.now.date()}").partition("Caisse du")[2]
    )
    count("0")
    assert "Ces jours ne sont" not in text_of(treasurer)
    assert "Virement 1 8,00 €" in text_of(treasurer), "as it was counted"
    day_after(1)
    assert "Annulé Les montants" not in text_of(treasurer)
    month = text_of(treasurer, "/statements?month=2026-11").partition("Annulé en novembre 2026")[2]
    assert re.match(r" 2 annulations : − 68,00 € \d+ nov\., \d\d:\d\d − 36,00 €", month)


def till_version(client: FlaskClient) -> str:
    """The version of the till that the closing form carries."""
    found = re.search(r'name="seen" value="([^"]+)"', client.get("/statements").text)
    return found[1] if found else ""


def test_a_till_that_changed_since_it_was_shown_is_not_closed(
    database: Database, clock: Clock
) -> None:
    """The desk takes a sale back while the treasurer counts: the money may be in a pocket."""
    treasurer, desk = (browser(database, clock, role) for role in ("treasurer", "desk"))
    set_prices(treasurer)
    sold = {"place": "2", "quantity": "1", "who": "", "means": "cash", "csrf_token": token_of(desk)}
    made = desk.post("/sales", data=sold).headers["Location"]
    typed = {"csrf_token": token_of(treasurer), "month": "2026-11", "seen": till_version(treasurer)}
    typed |= {"counted": "0", "float": "0"}
    assert send(desk, f"{made}/take-back") == 303
    again = treasurer.get(treasurer.post("/statements/till", data=typed).headers["Location"]).text
    assert "il devrait maintenant y avoir 0,00\xa0€" in unescape(again)
    assert "Journée close" not in text_of(treasurer)
    transfer = sold | {"means": "transfer", "csrf_token": token_of(desk)}
    typed["seen"] = till_version(treasurer)
    desk.post("/sales", data=transfer)
    changed = treasurer.post("/statements/till", data=typed).headers["Location"]
    assert "form=changed" in changed, "though the drawer holds the same"
    assert "Virement 1 4,00 €" in text_of(treasurer, changed)
    assert "Journée close" not in text_of(treasurer)
    typed["seen"] = till_version(treasurer)
    assert send(treasurer, "/statements/till", **typed) == 303
    assert "Journée close : aucun écart" in text_of(treasurer)


@pytest.mark.parametrize("field", ["counted", "float"])
def test_a_count_below_nothing_is_refused_at_its_field(
    database: Database, clock: Clock, field: str
) -> None:
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    for amount in ("-5", "\u22125,00"):
        typed = {"counted": "0", "float": "0", "difference": "Porté", field: amount}
        typed |= {"csrf_token": token_of(treasurer), "month": "2026-11"}
        again = treasurer.post("/statements/till", data=typed, follow_redirects=True).text
        at_field = again[again.index(f'<input class="input" id="{field}"') :].split("</div>")[0]
        assert f'value="{amount}"' in at_field
        assert "ne peut pas être négatif" in unescape(at_field)
        assert "Journée close" not in again
        assert "donnez-en le motif" not in again


def test_a_float_above_what_was_counted_is_refused_at_its_field(
    database: Database, clock: Clock
) -> None:
    """It could not be corrected before the next closing, and nothing could be handed over."""
    treasurer = browser(database, clock, "treasurer")
    set_prices(treasurer)
    typed = {"csrf_token": token_of(treasurer), "month": "2026-11"}
    typed |= {"counted": "112,78", "float": "150", "difference": "Apporté"}
    again = treasurer.post("/statements/till", data=typed, follow_redirects=True).text
    at_field = unescape(again[again.index('<input class="input" id="float"') :].split("</div>")[0])
    assert 'value="150"' in at_field
    assert "Vous avez compté 112,78\xa0€\xa0: laissez 112,78\xa0€ au plus." in at_field
    assert 'value="112,78"' in again
    assert 'value="Apporté"' in again
    assert "Journée close" not in again
    assert send(treasurer, "/statements/till", **typed | {"float": "112,78"}) == 303
    assert "Journée close" in text_of(treasurer)


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "2100-01-01", "0001-01-01"])
def test_a_day_that_is_none_or_to_come_has_no_till(
    database: Database, clock: Clock, day: str
) -> None:
    treasurer = browser(database, clock, "treasurer")
    assert treasurer.get("/statements", query_string={"day": day}).status_code == 404


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
    manager = browser(database, clock, "manager")
    assert send(manager, undo, **month) == 303
    assert "Vous ne pouvez annuler que votre dernier versement" in text_of(manager), "not theirs"
    assert "5,00 € d’espèces à verser" in text_of(treasurer)
    for said in ("Versement annulé", "Ce versement est déjà annulé."):
        assert send(treasurer, undo, **month) == 303
        shown = text_of(treasurer)
        assert said in shown
        assert "20,00 € d’espèces à verser" in shown
    assert send(treasurer, "/statements/handover", **sure) == 303
    empty = treasurer.get("/statements?month=2026-11").text
    assert 'name="counted" type="text" value=""' in empty, "it is counted, and not believed"
    counted = {"counted": "4,50", "float": "4,50"}
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
    assert "Fonds de caisse 4,50 € Espèces au-delà du fonds 0,00 € Doit contenir 4,50 €" in shown
    assert send(treasurer, "/statements/till", **month, **counted) == 303
    assert send(treasurer, "/sales", "/sales", **sold) == 303
    with database.read() as db:
        days = db.scalars(select(PaymentRow.day).order_by(PaymentRow.id)).all()
    assert [day.day for day in days] == [24, 25]
    assert send(treasurer, "/sales", "/sales", **sold | {"means": "cheque"}) == 303
    shown = text_of(treasurer)
    since = "la prochaine caisse : Espèces : 20,00 €, Chèque : 20,00 €."
    assert since in shown
    holds = "Doit contenir 24,50 €"
    assert shown.index(off) < shown.index(since) < shown.index(holds), "in the order of time"
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
