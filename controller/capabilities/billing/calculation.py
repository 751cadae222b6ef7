"""Calculates a person's charges of a month from what they used and the tariffs.

A pure function that does not depend on the order of its input; `docs/decisions/0128-charges.md` has
the rules.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from controller.capabilities.billing.cents import ZERO, Cents, vat_in
from controller.capabilities.billing.kinds import By, Counts, SourceKind, Why
from controller.capabilities.billing.rates import (
    ArticleRate,
    MachineRate,
    PassRate,
    Rate,
    SubscriptionRate,
    ZoneRate,
)
from controller.domain.states import EndCause
from controller.domain.time import Utc

R = TypeVar("R", MachineRate, ZoneRate)
MINUTE_MS = 60_000
_CUT_BY_PLACE = frozenset(cause.value for cause in EndCause if cause.cut_by_place)
_BOOKING_STEP_MIN = {By.HOUR: 60, By.HALF_DAY: 240}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A version of a tariff, with what the calculation needs of it."""

    id: str
    valid_from: date
    number: int = 0
    rates: tuple[Rate, ...]
    vat_permille: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that may be charged, with the data that its price depends on."""

    kind: SourceKind
    id: str
    at: Utc
    day: date
    """The day of `at` in the site's time zone."""
    thing: str
    """The id of the machine, zone, plan or article."""
    days: int = 1
    """The number of days in a machine session, each with its own cap."""
    plans: frozenset[str] = frozenset()
    """The plans that the person had at that time."""
    active_ms: int = 0
    """Time that the machine was running."""
    powered_ms: int = 0
    gap_ms: int = 0
    """Time in which the machine had power and no agent was running."""
    cause: str | None = None
    """Why a machine session ended (`EndCause`); None for other sources."""
    cut_by_payer: bool = False
    """Whether it was shortened by its user, or by somebody with the same payer."""
    course: bool = False
    """Whether it belongs to a course session, so that it is free."""
    is_settled: bool = False
    """Whether an existing charge stays as it is, because the data behind it has been deleted."""
    is_sold: bool = False
    """Whether it was paid when it was sold without a name: its charge stays as it is, whatever the
    tariff says later."""
    quantity: int = 1
    """Units of a pass, minutes of a booking, grams or pieces of an article."""
    pass_kind: str | None = None
    remitted: Cents | None = None
    """The amount of a remission, positive; None for other sources."""
    remits: str = ""
    """The source that a remission reduces."""
    remits_of: Cents = ZERO
    """The amount of that source, if it is not calculated together with the remission."""
    remits_day: date | None = None
    """The day of that source, whose tariff has the VAT rate; None: the remission's own day."""
    remitted_before: Cents = ZERO
    """The sum of earlier remissions of that source."""
    organisation_id: str | None = None
    project_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a source costs, and how the amount was calculated."""

    kind: SourceKind
    source_id: str
    day: date
    thing: str
    why: Why
    tariff_id: str | None
    quantity: int
    """The measured quantity: milliseconds, minutes, grams or pieces."""
    steps: int
    """How many started steps of time, or pieces, are charged."""
    unit_cents: Cents
    amount_cents: Cents
    vat_cents: Cents
    organisation_id: str | None
    project_id: str | None


@dataclass(slots=True)
class _Month:
    """What daily caps and included minutes have used up so far in the month."""

    capped: defaultdict[tuple[date, str], int] = field(default_factory=lambda: defaultdict(int))
    included_ms: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True)
class _Priced:
    why: Why
    steps: int = 0
    unit: Cents = ZERO
    amount: Cents = ZERO


def calculate(sources: Iterable[Source], tariffs: Sequence[Tariff]) -> list[Line]:
    """Calculate the lines of one person's month, in order of time.

    A source without a price in the tariff has no line.
    """
    month = _Month()
    ordered = sorted(sources, key=lambda source: (source.at, source.kind, source.id))
    lines = {
        source.id: line
        for source in ordered
        if source.remitted is None and (line := _line(source, tariffs, month)) is not None
    }
    unsettled = {source.id for source in ordered if not (source.is_settled or source.is_sold)}
    for source in ordered:
        if source.remitted is not None:
            owed = _owed_now(source, lines) if source.remits in unsettled else source.remits_of
            lines[source.id] = _remission(source, owed, tariffs)
    return [lines[source.id] for source in ordered if source.id in lines]


def tariff_on(tariffs: Sequence[Tariff], day: date) -> Tariff | None:
    """Return the tariff version that is valid on a day: the last that began; None: none yet."""
    started = [tariff for tariff in tariffs if tariff.valid_from <= day]
    return max(started, key=lambda tariff: (tariff.valid_from, tariff.number), default=None)


def _line(source: Source, tariffs: Sequence[Tariff], month: _Month) -> Line | None:
    tariff = tariff_on(tariffs, source.day)
    price = _price_of(source, tariff.rates, month) if tariff else None
    return None if price is None else _priced_line(source, price, tariff)


def _owed_now(remission: Source, lines: Mapping[str, Line]) -> Cents:
    """Return the amount of the remitted source; 0 if another payer pays for it now."""
    line = lines.get(remission.remits)
    payer = remission.organisation_id, remission.project_id
    has_same_payer = line is not None and (line.organisation_id, line.project_id) == payer
    return line.amount_cents if line is not None and has_same_payer else ZERO


def _remission(source: Source, owed: Cents, tariffs: Sequence[Tariff]) -> Line:
    """Calculate a remission: at most what the source still costs, which may be less than before."""
    end = source.remitted_before + (source.remitted or 0)
    amount = Cents(min(owed, source.remitted_before) - min(owed, end))
    price = _Priced(Why.REMISSION, 1, amount, amount)
    return _priced_line(source, price, tariff_on(tariffs, source.remits_day or source.day))


def _priced_line(source: Source, price: _Priced, tariff: Tariff | None) -> Line:
    return Line(
        kind=source.kind,
        source_id=source.id,
        day=source.day,
        thing=source.thing,
        why=price.why,
        tariff_id=tariff.id if tariff else None,
        quantity=_measured_quantity(source, tariff),
        steps=price.steps,
        unit_cents=price.unit,
        amount_cents=price.amount,
        vat_cents=vat_in(price.amount, tariff.vat_permille if tariff else 0),
        organisation_id=source.organisation_id,
        project_id=source.project_id,
    )


def _measured_quantity(source: Source, tariff: Tariff | None) -> int:
    if source.kind is not SourceKind.SESSION:
        return source.quantity
    rate = _machine_rate(source, tariff.rates) if tariff else None
    return _spent_ms(source, rate) if rate else source.active_ms


def _spent_ms(source: Source, rate: MachineRate) -> int:
    """Return the charged time; after a power loss of the box or switch, only the reported time."""
    if rate.counts is not Counts.POWERED:
        return source.active_ms
    return max(0, source.powered_ms - (source.gap_ms if _lost_power(source) else 0))


def _lost_power(source: Source) -> bool:
    return source.cause in (EndCause.AGENT_RESTARTED, EndCause.SWITCH_FAILED)


def _price_of(source: Source, rates: Sequence[Rate], month: _Month) -> _Priced | None:
    if source.kind is SourceKind.SESSION:
        machine = _machine_rate(source, rates)
        return None if machine is None else _session(source, machine, month)
    if source.kind is SourceKind.BOOKING:
        room = room_rate(rates, source.thing, source.plans)
        if room is None:
            return None
        return _steps(-(-source.quantity // _BOOKING_STEP_MIN[room.by]), Cents(room.price_cents))
    return next(filter(None, (_fixed(source, rate) for rate in rates)), None)


def room_rate(rates: Sequence[Rate], zone: str, plans: frozenset[str]) -> ZoneRate | None:
    """Return the rate of a room for a person with these plans; None: it costs nothing."""
    rooms = (rate for rate in rates if isinstance(rate, ZoneRate))
    return _best([room for room in rooms if room.zone_id == zone], plans)


def _fixed(source: Source, rate: Rate) -> _Priced | None:
    """Return the price of a pass, a period of a plan or an article."""
    match rate:
        case PassRate() if source.kind is SourceKind.PASS:
            key = (rate.plan_id, rate.pass_kind.value, rate.units)
            if key != (source.thing, source.pass_kind, source.quantity):
                return None
            price = Cents(rate.price_cents)
            return _Priced(Why.PIECES, 1, price, price) if price else None
        case SubscriptionRate() if source.kind is SourceKind.SUBSCRIPTION:
            if rate.plan_id != source.thing:
                return None
            price = Cents(rate.price_cents)
            return _Priced(Why.PIECES, 1, price, price) if price else None
        case ArticleRate() if (source.kind, source.thing) == (SourceKind.ENTRY, rate.id):
            if not source.quantity:
                return None
            if source.course:
                return _Priced(Why.COURSE)
            amount = article_amount(rate, source.quantity)
            return _Priced(Why.PIECES, source.quantity, Cents(rate.price_cents), amount)
        case _:
            return None


def article_amount(rate: ArticleRate, quantity: int) -> Cents:
    """Return the price of this quantity of an article, rounded up to whole cents."""
    return Cents(-(-rate.price_cents * quantity // rate.per))


def _machine_rate(source: Source, rates: Sequence[Rate]) -> MachineRate | None:
    machines = (rate for rate in rates if isinstance(rate, MachineRate))
    return _best(
        [machine for machine in machines if machine.access_point == source.thing], source.plans
    )


def _best(rates: Sequence[R], plans: frozenset[str]) -> R | None:
    """Return the lowest rate for one of the person's plans, or else the one for everybody."""
    plan_rates = [rate for rate in rates if rate.plan_id in plans]
    others = [rate for rate in rates if rate.plan_id is None]
    return min(
        plan_rates or others, key=lambda rate: (rate.price_cents, rate.plan_id or ""), default=None
    )


def _session(source: Source, rate: MachineRate, month: _Month) -> _Priced | None:
    why_free = _why_free(source)
    if why_free is not None:
        return _Priced(why_free)
    spent_ms = _spent_ms(source, rate)
    if spent_ms <= 0 and (_lost_power(source) or not rate.session_cents):
        return _Priced(Why.UNSEEN) if source.gap_ms > 0 else None
    left_ms = _after_included(spent_ms, rate, month)
    if (spent_ms and not left_ms) or not (rate.price_cents or rate.session_cents):
        return _Priced(Why.INCLUDED)
    steps = -(-left_ms // (rate.step_min * MINUTE_MS))
    amount = rate.session_cents + steps * rate.price_cents
    why = Why.STEPS
    if amount < rate.minimum_cents:
        amount, why = rate.minimum_cents, Why.MINIMUM
    return _under_cap(
        _Priced(why, steps, Cents(rate.price_cents), Cents(amount)), source, rate, month
    )


def _why_free(source: Source) -> Why | None:
    if source.course:
        return Why.COURSE
    is_own_cut = source.cut_by_payer and source.cause == EndCause.CUT_BY_STAFF
    return Why.PLACE_CUT if source.cause in _CUT_BY_PLACE and not is_own_cut else None


def _after_included(spent_ms: int, rate: MachineRate, month: _Month) -> int:
    """Return the time that is left to pay for after the month's included minutes."""
    left_ms = rate.included_min * MINUTE_MS - month.included_ms[rate.access_point]
    taken_ms = max(0, min(spent_ms, left_ms))
    month.included_ms[rate.access_point] += taken_ms
    return spent_ms - taken_ms


def _under_cap(price: _Priced, source: Source, rate: MachineRate, month: _Month) -> _Priced:
    if rate.day_cap_cents is None:
        return price
    key = source.day, source.thing
    left = max(0, rate.day_cap_cents * source.days - month.capped[key])
    amount = min(price.amount, left)
    month.capped[key] += amount
    if amount == price.amount:
        return price
    return _Priced(Why.CAPPED, price.steps, price.unit, Cents(amount))


def _steps(steps: int, price: Cents) -> _Priced:
    return _Priced(Why.STEPS, steps, price, Cents(steps * price))
