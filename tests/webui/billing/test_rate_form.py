"""A price as a form sends it."""

from flask.testing import FlaskClient

from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.rates import ArticleRate
from controller.kernel.shapes import Label
from webui import language
from webui.billing import rate_form


def test_what_prints_take_is_weighed_and_stays_so_when_its_price_changes() -> None:
    typed = {"of": "article:", "fr": "PLA", "unit": "piece", "per": "100", "price_cents": "2,50"}
    rate = rate_form.read(typed | {"access_point": "printer-1"})
    assert rate == ArticleRate(
        id="pla",
        name=Label(fr="PLA"),
        unit=Unit.GRAM,
        per=100,
        price_cents=250,
        access_point="printer-1",
    )
    assert rate_form.read(rate_form.form_values(rate)) == rate


def test_what_costs_nothing_is_called_free(client: FlaskClient) -> None:
    plan = rate_form.read({"of": "subscription:open", "price_cents": "0"})
    with client.application.test_request_context(headers={"Accept-Language": "fr"}):
        language.choose()
        client.application.preprocess_request()
        assert rate_form.rate_sentence(plan) == "gratuit"
