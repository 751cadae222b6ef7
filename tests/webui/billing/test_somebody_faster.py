"""A form that is refused because somebody else was faster says so, though it is no longer there."""

import re
from html import unescape

from flask.testing import FlaskClient

from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.billing.money_pages import browser, payer_of, send, set_prices, text_of, use
from tests.webui.conftest import token_of

MONTH = {"month": "2026-11"}


def refusal_shown(client: FlaskClient, address: str, **typed: str) -> str:
    """What the page says after a form that was sent when it was too late."""
    back = client.post(address, data={"csrf_token": token_of(client), **MONTH, **typed})
    page = client.get(back.headers["Location"]).text
    alerts = re.findall(r'<(p|div) class="flash is-wrong" role="alert">(.*?)</\1>', page, re.DOTALL)
    assert len(alerts) == 1, alerts
    return unescape(re.sub(r"<[^>]+>", "", alerts[0][1])).replace("\xa0", " ").strip()


def test_a_refund_and_a_remission_and_a_payment_that_came_second_say_so(
    database: Database, clock: Clock
) -> None:
    treasurer, manager = (browser(database, clock, role) for role in ("treasurer", "manager"))
    set_prices(treasurer)
    use(database, minutes=38, ago_days=2)
    key = payer_of(treasurer)
    here, payer = f"/statements?month=2026-11&open={key}", {"payer": key}
    paid = {"means": "cash", "amount": "10", "sure": "10,00"}
    assert send(treasurer, "/statements/pay", here, **MONTH, **payer, **paid) == 303
    refund = {**payer, "means": "cash", "amount": "7", "why": "payé deux fois"}
    assert send(treasurer, "/statements/refund", here, **MONTH, **refund) == 303
    nothing = "Rien n’a été noté : "
    said = refusal_shown(manager, "/statements/refund", **refund)
    assert said == nothing + "il n’y a plus de trop-perçu à rembourser."
    said = refusal_shown(manager, "/statements/pay", **payer, means="cash", amount="x")
    assert said == nothing + "il n’y a plus rien à payer ici."
    (charge,) = re.findall(r'name="charge"[^>]*>\s*<option value="([^"]+)"', manager.get(here).text)
    remission = {**payer, "charge": charge, "amount": "3", "reason": "solidarité"}
    assert send(treasurer, "/statements/remit", here, **MONTH, **remission) == 303
    said = refusal_shown(manager, "/statements/remit", **remission)
    assert said == nothing + "il n’y a plus rien à remettre ici."
    assert "remboursement, payé deux fois" in text_of(manager, here)


def test_a_handover_that_came_second_says_so(database: Database, clock: Clock) -> None:
    treasurer, manager = (browser(database, clock, role) for role in ("treasurer", "manager"))
    set_prices(treasurer)
    sold = {"place": "2", "quantity": "5", "who": "", "means": "cash"}
    assert send(treasurer, "/sales", "/sales", **sold) == 303
    handed = {"amount": "20", "sure": "20,00"}
    assert send(treasurer, "/statements/handover", **MONTH, **handed) == 303
    said = refusal_shown(manager, "/statements/handover", **handed)
    assert said == "Rien n’a été noté : il n’y a plus d’espèces à verser."


def test_a_cancellation_without_its_reason_that_came_second_says_so(
    database: Database, clock: Clock
) -> None:
    treasurer, manager = (browser(database, clock, role) for role in ("treasurer", "manager"))
    set_prices(treasurer)
    use(database, minutes=38, ago_days=2)
    key = payer_of(treasurer)
    here, payer = f"/statements?month=2026-11&open={key}", {"payer": key}
    paid = {"means": "cash", "amount": "10", "sure": "10,00"}
    assert send(treasurer, "/statements/pay", here, **MONTH, **payer, **paid) == 303
    (undo,) = re.findall(r'action="(/statements/payments/[^"]+)"', manager.get(here).text)
    refund = {**payer, "means": "cash", "amount": "7", "why": "payé deux fois"}
    assert send(treasurer, "/statements/refund", here, **MONTH, **refund) == 303
    said = refusal_shown(manager, undo, **payer)
    assert said == "Rien n’a été noté : c’est déjà annulé, ou ce n’est plus possible."
    (undo,) = re.findall(r'action="(/statements/payments/[^"]+)"', manager.get(here).text)
    assert send(treasurer, undo, here, **MONTH, **payer) == 303, "the refund"
    assert refusal_shown(manager, undo, **payer).startswith("L’annulation n’est plus possible :")
