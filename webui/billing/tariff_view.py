"""Prices as the tariff's page says them: in force, and decided for later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from controller.capabilities.billing import tariffs
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.rates import MachineRate, Rate
from controller.capabilities.billing.retroactive import ChangedMonth
from controller.capabilities.billing.shapes import Tariff
from webui.billing import rate_form
from webui.billing.words_of import euros, long_day, payer_name
from webui.i18n import _, plural
from webui.i18n.dates import month_name


@dataclass(frozen=True, slots=True, kw_only=True)
class RateView:
    """A price: of what, the sentence, and what a form begins with."""

    name: str
    sentence: str
    fields: Mapping[str, str]
    is_machine: bool
    later: tuple[str, ...] = ()
    """What it becomes, and from which day: versions that are decided and not yet in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version among the others."""

    name: str
    since: str
    decision: str
    is_now: bool


def rate_view(rate: Rate, names: Names) -> RateView:
    """A price of one version."""
    return RateView(
        name=rate_form.rate_name(rate, names),
        sentence=rate_form.sentence(rate),
        fields=rate_form.fields(rate),
        is_machine=isinstance(rate, MachineRate),
    )


def rate_views(
    versions: Sequence[Tariff], now: Tariff | None, names: Names
) -> tuple[RateView, ...]:
    """Those in force first; a form begins with the last version, which the next one follows."""
    shown = {tariffs.key_of(rate): rate_view(rate, names) for rate in now.rates} if now else {}
    current = {tariffs.key_of(rate): rate for rate in now.rates} if now else {}
    for version in versions[versions.index(now) + 1 if now else 0 :]:
        for rate in version.rates:
            key, new = tariffs.key_of(rate), rate_view(rate, names)
            if current.get(key) == rate:
                continue
            day = long_day(version.valid_from)
            said = _("From %(day)s: %(price)s", day=day, price=new.sentence)
            old = shown.get(key, replace(new, sentence=""))
            shown[key] = replace(old, fields=new.fields, later=(*old.later, said))
            current[key] = rate
    return tuple(shown.values())


def version_view(tariff: Tariff, now: Tariff | None, today: date) -> Version:
    """In force, past or to come."""
    return Version(
        name=_("Tariff %(n)s", n=tariff.number),
        since=_since(tariff.valid_from, today),
        decision=tariff.decision,
        is_now=now is not None and tariff.id == now.id,
    )


def _since(first: date, today: date) -> str:
    if first > today:
        return _("from %(day)s", day=long_day(first))
    return _("since %(day)s", day=long_day(first))


def change_words(found: ChangedMonth) -> str:
    """What a month becomes by prices that have begun, and who has paid."""
    said = plural(
        "%(month)s: %(n)s statement changes, %(before)s become %(after)s.",
        "%(month)s: %(n)s statements change, %(before)s become %(after)s.",
        found.statements,
        month=month_name(found.month).capitalize(),
        before=euros(found.before_cents),
        after=euros(found.after_cents),
    )
    if not found.paid:
        return said
    names = ", ".join(payer_name(payer) for payer in found.paid)
    return f"{said} {_('Already paid by: %(names)s.', names=names)}"


def save_words(number: int, statements: int) -> str:
    """The label of the save button."""
    if not statements:
        return _("Save tariff %(n)s", n=number)
    return plural("Save, %(n)s statement changes", "Save, %(n)s statements change", statements)


def effect_words(month: str, before: Cents, after: Cents) -> str:
    """What a price would have done in a month."""
    if before == after:
        return _("In %(month)s, this would have changed nothing.", month=month_name(month))
    return _(
        "In %(month)s, this would have come to %(after)s instead of %(before)s.",
        month=month_name(month),
        after=euros(after),
        before=euros(before),
    )
