"""The lines of statements as a CSV file, in the page's language."""

import csv
from collections.abc import Iterable, Mapping
from io import StringIO

from babel.numbers import get_decimal_symbol
from flask import Response

from controller.capabilities.billing.cents import format_amount
from controller.capabilities.billing.kinds import FREE
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.shapes import Charge, Tariff
from controller.kernel.csv_cells import defuse
from webui.billing.formatting import calculation_text, item_name
from webui.i18n import _, locale

CSV = "text/csv"
MARK = "\ufeff"
"""The byte order mark by which spreadsheets recognise UTF-8."""


def as_csv(rows: Iterable[list[str]], name: str) -> Response:
    """Return the lines below a header row, as a CSV file of that name."""
    text = StringIO()
    csv.writer(text, delimiter=";").writerows([_columns(), *rows])
    answer = Response(MARK + text.getvalue(), content_type=CSV)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _columns() -> list[str]:
    return [
        _("Statement"),
        _("For"),
        _("Day"),
        _("What"),
        _("Calculation"),
        _("Tariff"),
        _("Amount without VAT"),
        _("VAT"),
        _("Amount with VAT"),
    ]


def cells(
    charge: Charge, number: str, payer: str, names: Names, versions: Mapping[str, Tariff]
) -> list[str]:
    """Return one line; texts that people wrote are made safe from being read as formulas."""
    tariff = versions.get(charge.tariff_id or "")
    why = f" ({charge.reason})" if charge.why in FREE and charge.reason else ""
    return [
        number,
        defuse(payer),
        charge.day.isoformat(),
        defuse(item_name(charge, names, tariff)),
        defuse(calculation_text(charge, tariff) + why),
        str(tariff.number) if tariff else "",
        _number(charge.amount_cents - charge.vat_cents),
        _number(charge.vat_cents),
        _number(charge.amount_cents),
    ]


def _number(cents: int) -> str:
    """Return `12,34` or `12.34`, with the decimal separator of the language."""
    return format_amount(cents).replace(",", get_decimal_symbol(locale()))
