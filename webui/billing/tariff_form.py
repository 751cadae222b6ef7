"""The form that adopts a tariff: its day, its decision and its VAT."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce

from controller.capabilities.billing import drafts, tariffs
from controller.capabilities.billing.rates import Rate
from controller.capabilities.billing.shapes import OUT_OF_SCOPE, NewTariff, Tariff
from controller.kernel.errors import Invalid
from controller.kernel.shapes import LongLine, Shape
from controller.kernel.validate import parse
from webui.guard import site
from webui.i18n import _

MAX_VAT_PERMILLE = 500
_RATE = re.compile(r"(\d{1,2})(?:[.,](\d))?", re.ASCII)


class _Decision(Shape, frozen=True, kw_only=True):
    """The submitted form of a decision."""

    decision: LongLine
    vat_ground: LongLine = OUT_OF_SCOPE


def read(
    typed: Mapping[str, str], changed: Sequence[Rate], versions: Sequence[Tariff]
) -> NewTariff:
    """Return the tariff in the form: the prices of its day, with the changes. Raises Invalid."""
    begins = day_of(typed)
    if begins is None:
        raise Invalid.of("valid_from", "a day")
    if not 2000 <= begins.year <= 2999:
        raise Invalid.of("valid_from", "from 2000 to 2999")
    before = tariffs.version_on(list(versions), begins)
    values = vat_fields(before) | {key: text for key, text in typed.items() if text}
    words = {key: values[key] for key in ("decision", "vat_ground") if key in values}
    decision = parse(words, _Decision)
    return NewTariff(
        valid_from=begins,
        decision=decision.decision,
        rates=reduce(drafts.with_rate, changed, before.rates if before else ()),
        vat_permille=_permille(values["vat"]),
        vat_ground=decision.vat_ground,
        site_id=site().id,
    )


def day_of(typed: Mapping[str, str]) -> date | None:
    """Return the day on which it takes effect; None: missing or invalid."""
    try:
        return date.fromisoformat(typed.get("valid_from", ""))
    except ValueError:
        return None


def without_prefilled(typed: Mapping[str, str], versions: Sequence[Tariff]) -> dict[str, str]:
    """Return what was typed, without VAT fields that were prefilled from another version."""
    number = typed.get("prefilled")
    prefilled = [version for version in versions if str(version.number) == number]
    vat = vat_fields(prefilled[0]) if prefilled else {}
    return {key: text for key, text in typed.items() if key not in vat or text != vat[key]}


def _permille(text: str) -> int:
    """`5,5` is 55. Raises Invalid."""
    match = _RATE.fullmatch(text.replace("%", "").strip())
    permille = int(match[1]) * 10 + int(match[2] or "0") if match else None
    if permille is None or permille > MAX_VAT_PERMILLE:
        raise Invalid.of("vat", "a rate in percent")
    return permille


def vat_fields(last: Tariff | None) -> dict[str, str]:
    """Return the initial VAT fields, as in the previous version."""
    permille = last.vat_permille if last else 0
    return {
        "vat": f"{permille // 10},{permille % 10}".removesuffix(",0"),
        "vat_ground": last.vat_ground if last else OUT_OF_SCOPE,
    }


def refusals(problem: Invalid) -> dict[str, str]:
    """Return the error text by field."""
    words = {
        "valid_from": _("Enter the day on which the tariff takes effect."),
        "decision": _("Enter the decision: who made it, when, and its number."),
        "vat": _("A rate such as 5.5 or 20, or 0 for none."),
    }
    other = _("This item no longer belongs to this place.")
    at_fault = (error.field for error in problem.errors)
    return {
        field if field in words else "valid_from": words.get(field, other) for field in at_fault
    }
