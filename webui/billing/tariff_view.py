"""Prices as the *Tariffs* page shows them: in force, and decided for later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from controller.capabilities.billing import tariffs
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.rates import ArticleRate, MachineRate, Rate, ZoneRate
from controller.capabilities.billing.retroactive import ChangedMonth
from controller.capabilities.billing.shapes import Tariff
from webui.billing import rate_form
from webui.billing.formatting import euros, long_day, payer_name
from webui.i18n import _, plural
from webui.i18n.dates import month_name


@dataclass(frozen=True, slots=True, kw_only=True)
class RateView:
    """A price: the item's name, a sentence, and the initial values of its form."""

    name: str
    sentence: str
    fields: Mapping[str, str]
    is_machine: bool
    group: str
    """What it prices: *machine*, *zone*, *plan* or *article*."""
    parts: tuple[str, ...] = ()
    """Of a machine whose price has no other parts: amount, period, minimum, daily maximum."""
    before: str = ""
    """Its sentence in the version before, if that differed."""
    parts_before: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    """Later prices with their first day, from versions that are decided and not yet in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the tariff in the list of versions."""

    name: str
    since: str
    decision: str
    is_now: bool


def rate_view(rate: Rate, names: Names) -> RateView:
    """Return the view of a price."""
    return RateView(
        name=rate_form.rate_name(rate, names),
        sentence=rate_form.rate_sentence(rate),
        fields=rate_form.form_values(rate),
        is_machine=isinstance(rate, MachineRate),
        group=_group(rate),
        parts=rate_form.rate_parts(rate),
    )


def _group(rate: Rate) -> str:
    match rate:
        case MachineRate():
            return "machine"
        case ZoneRate():
            return "zone"
        case ArticleRate():
            return "article"
        case _:
            return "plan"


def rates_by_group(views: Sequence[RateView]) -> tuple[tuple[str, tuple[RateView, ...]], ...]:
    """Return the prices under the names of their groups; groups without a price are left out."""
    words = {
        "machine": _("Machines"),
        "zone": _("Rooms"),
        "plan": _("Passes and plans"),
        "article": _("Materials and courses"),
    }
    grouped = {group: tuple(view for view in views if view.group == group) for group in words}
    return tuple((words[group], rates) for group, rates in grouped.items() if rates)


def rate_views(
    versions: Sequence[Tariff], in_force: Tariff | None, names: Names
) -> tuple[RateView, ...]:
    """Return the prices, those in force first.

    The form of each starts with the last version, from which the next one is derived.
    """
    current = {tariffs.key_of(rate): rate for rate in in_force.rates} if in_force else {}
    views = {key: rate_view(rate, names) for key, rate in current.items()}
    effective = tariffs.effective(list(versions))
    if in_force in effective[1:]:
        previous = effective[effective.index(in_force) - 1]
        views = {key: _with_change(view, key, previous, names) for key, view in views.items()}
    for version in effective[effective.index(in_force) + 1 if in_force else 0 :]:
        for rate in version.rates:
            key, new = tariffs.key_of(rate), rate_view(rate, names)
            if current.get(key) == rate:
                continue
            day = long_day(version.valid_from)
            text = _("From %(day)s: %(price)s", day=day, price=new.sentence)
            old = views.get(key, replace(new, sentence=""))
            views[key] = replace(old, fields=new.fields, later=(*old.later, text), parts=())
            current[key] = rate
    return tuple(views.values())


def _with_change(view: RateView, key: object, previous: Tariff, names: Names) -> RateView:
    """Return the price with what it was in the version before."""
    old = next((rate for rate in previous.rates if tariffs.key_of(rate) == key), None)
    was = rate_view(old, names) if old else None
    if was is None or was.sentence == view.sentence:
        return view
    before_text = _("tariff %(n)s: %(price)s", n=previous.number, price=was.sentence)
    return replace(
        view, before=before_text, parts=view.parts if was.parts else (), parts_before=was.parts
    )


def version_views(
    versions: Sequence[Tariff], in_force: Tariff | None, today: date
) -> tuple[Version, ...]:
    """Return the last versions: past, in force or to come."""
    by_day = {version.valid_from: version for version in versions}
    return tuple(
        Version(
            name=_("Tariff %(n)s", n=version.number),
            since=_since_text(version.valid_from, today)
            if by_day[version.valid_from] is version
            else _("replaced by tariff %(n)s", n=by_day[version.valid_from].number),
            decision=version.decision,
            is_now=in_force is not None and version.id == in_force.id,
        )
        for version in versions[-4:]
    )


def _since_text(first: date, today: date) -> str:
    if first > today:
        return _("from %(day)s", day=long_day(first))
    return _("since %(day)s", day=long_day(first))


def planned_words(versions: Sequence[Tariff], today: date, number: int) -> tuple[str, ...]:
    """Return how each planned version affects the draft."""
    return tuple(
        _(
            "Tariff %(planned)s is planned from %(day)s. If tariff %(n)s takes effect before that, "
            "the prices it changes stay in force after that day too, except those that tariff "
            "%(planned)s changes itself.",
            planned=version.number,
            day=long_day(version.valid_from),
            n=number,
        )
        for version in tariffs.effective(list(versions))
        if version.valid_from > today
    )


def adopted_words(new: Tariff, followers: Sequence[Tariff]) -> str:
    """Return when a version takes effect, and which planned versions keep its prices."""
    text = _("Tariff %(n)s: takes effect on %(day)s.", n=new.number, day=long_day(new.valid_from))
    notes = [
        _(
            "Tariff %(n)s keeps these prices from %(day)s on, together with those planned for "
            "that day.",
            n=follower.number,
            day=long_day(follower.valid_from),
        )
        for follower in followers
    ]
    return " ".join((text, *notes))


def change_words(change: ChangedMonth) -> str:
    """Return how a month's statements change by a tariff that has begun, and who has paid
    already."""
    text = plural(
        "%(month)s: %(n)s statement changes, %(before)s become %(after)s.",
        "%(month)s: %(n)s statements change, %(before)s become %(after)s.",
        change.statements,
        month=month_name(change.month).capitalize(),
        before=euros(change.before_cents),
        after=euros(change.after_cents),
    )
    if not change.paid:
        return text
    names = ", ".join(payer_name(payer) for payer in change.paid)
    return f"{text} {_('Already paid by: %(names)s.', names=names)}"


def save_words(number: int, statements: int) -> str:
    """Return the label of the save button."""
    if not statements:
        return _("Save tariff %(n)s", n=number)
    return plural("Save, %(n)s statement changes", "Save, %(n)s statements change", statements)


def effect_words(month: str, before: Cents, after: Cents) -> str:
    """Return the effect that a price would have had in a month."""
    if before == after:
        return _("In %(month)s, this would have changed nothing.", month=month_name(month))
    return _(
        "In %(month)s, this would have come to %(after)s instead of %(before)s.",
        month=month_name(month),
        after=euros(after),
        before=euros(before),
    )
