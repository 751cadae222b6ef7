"""A price as a form sends it."""

from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.rates import ArticleRate
from controller.kernel.shapes import Label
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
