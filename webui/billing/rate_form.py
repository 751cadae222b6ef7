"""Read a rate from a form, fill a form with it, and describe it in a sentence."""

from collections.abc import Mapping
from typing import Any

import msgspec

from controller.capabilities.billing.cents import parse_amount
from controller.capabilities.billing.drafts import thing_of
from controller.capabilities.billing.kinds import By, SourceKind, Unit
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.rates import (
    ArticleRate,
    MachineRate,
    PassRate,
    Rate,
    SubscriptionRate,
    ZoneRate,
)
from controller.kernel.errors import Invalid
from controller.kernel.slugs import slug_of
from controller.kernel.validate import parse
from webui.billing.formatting import (
    count_of,
    counts_word,
    euros,
    in_field,
    label,
    pass_name,
    rate_text,
)
from webui.i18n import _, pgettext

KINDS: Mapping[str, type[msgspec.Struct]] = {
    "machine": MachineRate,
    "zone": ZoneRate,
    "pass": PassRate,
    "subscription": SubscriptionRate,
    "article": ArticleRate,
}
"""The types of rates, by the kind in the form's field `of`."""
_THING = {
    "machine": "access_point",
    "zone": "zone_id",
    "pass": "plan_id",
    "subscription": "plan_id",
    "article": "id",
}
"""The field that names the priced item, by kind."""
_MONEY = ("price_cents", "session_cents", "minimum_cents", "day_cap_cents")
_NUMBERS = ("step_min", "included_min", "units", "per")
_WORDS = ("plan_id", "counts", "by", "pass_kind", "unit", "access_point")


def read(form: Mapping[str, str]) -> Rate:
    """Read a rate from a form. Raises Invalid that names the field."""
    kind, _mark, thing = form.get("of", "").partition(":")
    shape = KINDS.get(kind)
    if shape is None:
        raise Invalid.of("of", "choose one")
    names = {field.encode_name for field in msgspec.structs.fields(shape)}
    data: dict[str, Any] = {name: form[name] for name in _WORDS if name in names and form.get(name)}
    data |= {name: _number(form[name]) for name in _NUMBERS if name in names and form.get(name)}
    data |= {name: parse_amount(form[name]) for name in _MONEY if name in names and form.get(name)}
    if kind == "article":
        data["name"] = {key: form[key] for key in ("fr", "en") if form.get(key)}
        thing = thing or slug_of(form.get("fr", ""))
        if "access_point" in data:  # prints report the weight of their material
            data["unit"] = Unit.GRAM.value
    rate: Rate = parse(data | {_THING[kind]: thing}, shape)  # type: ignore[assignment]
    return rate


def _number(text: str) -> object:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else text


def form_values(rate: Rate) -> dict[str, str]:
    """Return the values of a form for this rate."""
    data: dict[str, Any] = msgspec.to_builtins(rate)
    kind = data.pop("kind")
    values = {"of": f"{kind}:{data[_THING[kind]]}"}
    for name, value in data.items():
        if name in _MONEY and value is not None:
            values[name] = in_field(value)
        elif name in (*_NUMBERS, *_WORDS) and value is not None and name != _THING[kind]:
            values[name] = str(value)
    return values | {key: str(text) for key, text in data.get("name", {}).items()}


def rate_name(rate: Rate, names: Names) -> str:
    """Return the name of what the rate prices."""
    kind, thing = thing_of(rate)
    name = label(names.get((kind, thing), {})) or thing
    match rate:
        case ArticleRate():
            return label(msgspec.to_builtins(rate.name)) or thing
        case PassRate():
            return pass_name(name, rate.pass_kind, rate.units)
        case SubscriptionRate():
            return _("Plan %(thing)s", thing=name)
        case _ if rate.plan_id:
            plan = label(names.get((SourceKind.SUBSCRIPTION, rate.plan_id), {})) or rate.plan_id
            return _("%(thing)s, with the plan %(plan)s", thing=name, plan=plan)
    return name


def rate_sentence(rate: Rate) -> str:
    """Return a sentence such as *4,00 € for each started hour*, or *free*."""
    price = euros(rate.price_cents)
    if not rate.price_cents and not isinstance(rate, MachineRate | ArticleRate):
        return pgettext("price", "free")
    match rate:
        case MachineRate():
            return _machine(rate, price)
        case ZoneRate() if rate.by is By.HOUR:
            return _("%(price)s for each started hour.", price=price)
        case ZoneRate():
            return _("%(price)s for each started half-day.", price=price)
        case ArticleRate():
            return _article(rate, price)
        case _:
            return _("%(price)s, once.", price=price)


def rate_parts(rate: Rate) -> tuple[str, ...]:
    """Return a machine's price in parts: amount, period, minimum, daily maximum; empty if it has
    other parts."""
    if not isinstance(rate, MachineRate) or rate.session_cents or rate.included_min:
        return ()
    period = _("%(step)s min of %(counts)s", step=rate.step_min, counts=counts_word(rate.counts))
    least = euros(rate.minimum_cents) if rate.minimum_cents else "–"
    most = "–" if rate.day_cap_cents is None else euros(rate.day_cap_cents)
    return euros(rate.price_cents), period, least, most


def _article(rate: ArticleRate, price: str) -> str:
    text = f"{rate_text(rate)}."
    if rate.per == 1:
        text = _("%(price)s for %(many)s.", price=price, many=count_of(rate, 1))
    if rate.access_point is None:
        return text
    printed = _("Material used by prints is recorded automatically.")
    return f"{text} {printed}"


def _machine(rate: MachineRate, price: str) -> str:
    parts = [
        _(
            "%(price)s for each started %(step)s min of %(counts)s",
            price=price,
            step=rate.step_min,
            counts=counts_word(rate.counts),
        )
    ]
    if rate.session_cents:
        parts.append(_("%(price)s per use", price=euros(rate.session_cents)))
    if rate.minimum_cents:
        parts.append(_("%(price)s at least", price=euros(rate.minimum_cents)))
    if rate.day_cap_cents is not None:
        parts.append(_("%(price)s a day at most", price=euros(rate.day_cap_cents)))
    if rate.included_min:
        parts.append(_("%(n)s min included each month", n=rate.included_min))
    return ", ".join(parts) + "."
