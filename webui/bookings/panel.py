"""The form of one thing on one day: its slots, conditions, and the nearest slot that is
possible."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from flask import url_for

from controller.capabilities.bookings.free import STEP, Span, next_half_hour
from controller.capabilities.bookings.offer import Hindrance, Offer
from controller.capabilities.bookings.terms import Terms
from controller.capabilities.bookings.week import BookableThing, Slot
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from webui.bookings.formatting import (
    clock_text,
    day_words,
    format_end,
    from_to,
    is_whole,
    slot_owner,
    slot_style,
)
from webui.bookings.grid import DEFAULT_HOURS as HOURS
from webui.bookings.grid import Week, name_of
from webui.bookings.terms_form import sentence
from webui.bookings.views import CancellableBooking, Condition, Panel, Segment, SlotOffer, Verdict
from webui.guard import is_allowed
from webui.i18n import _, translator
from webui.i18n.dates import clock, format_remaining
from webui.parts import Option

DEFAULT_LENGTH = timedelta(hours=2)
"""Length of a proposed slot."""
DAYS = 15
"""How many days the form offers."""
WIDEST = 48
"""Largest width of a segment, in half-hours."""


@dataclass(frozen=True, slots=True)
class PanelContext:
    """What the form is made from."""

    week: Week
    thing: BookableThing
    terms: Terms
    person: str | None
    """The id of the member; None: nobody is chosen yet."""
    name: str
    others: tuple[Option, ...]
    """Others with a matching name: the address that chooses each."""
    rule: str
    things: tuple[Option, ...] = ()
    """In the dialog, what can be booked."""
    price: tuple[str, ...] = ()
    """What the slot costs, and what is charged when it is cancelled."""
    offer: Offer | None = None


def propose_slot(week: Week, thing: BookableThing, terms: Terms) -> Span | None:
    """Return the slot in the address, or the first that is free on that day, at most two hours.

    If nothing is free, a slot in the usual hours, whose verdict then names the nearest possible
    one. None for a day that is over.
    """
    asked = week.asked.span(week.zone)
    if asked is not None:
        return asked
    if week.asked.is_backwards or week.asked.day < week.today:
        return None
    first, last = week.usual(week.asked.day)
    whole = week.free(thing, week.asked.day)
    usual = [(max(a, first), min(b, last)) for a, b in whole if b - first >= STEP <= last - a]
    free = [(a, b) for a, b in usual if b - a >= STEP] or whole
    lasts = min(DEFAULT_LENGTH, terms.longest or DEFAULT_LENGTH)
    longest = max(free, key=lambda span: min(span[1] - span[0], lasts), default=None)
    start, end = longest or (_usual_start(week), None)
    return start, Utc.of(start + lasts if end is None else min(end, start + lasts))


def _usual_start(week: Week) -> Utc:
    """Return the start of a slot on a day without free time; in the future if the day is not
    over."""
    day, coming = week.asked.day, next_half_hour(week.now)
    midnight = week.midnight(day)
    opens = min((start for start, _end in week.spans(day)), default=midnight)
    first = opens if opens > midnight else Utc.of(midnight + timedelta(hours=HOURS[0]))
    return max(first, coming) if coming < week.midnight(day + timedelta(days=1)) else first


def slot_form(it: PanelContext) -> Panel:
    """Return the form in the current language."""
    week, thing = it.week, it.thing
    span = propose_slot(week, thing, it.terms)
    desk = is_allowed(Permission.MEMBERS_WRITE)
    start, end = span or (None, None)
    return Panel(
        thing=thing.id,
        date=week.asked.day.isoformat(),
        things=it.things,
        title=_("Book") if week.asked.dialog else f"{name_of(thing)}, {day_words(week.asked.day)}",
        close=week.asked.href(thing="", member="", dialog=False),
        lane=_lane(it, span),
        held=_held(it),
        days=_days(week),
        starts=_clocks(_at(it, start) or _typed(week.asked.start)),
        ends=_clocks(_at(it, end) or _typed(week.asked.end)),
        start=_at(it, start) or _typed(week.asked.start),
        end=_at(it, end) or _typed(week.asked.end),
        empty=_empty(week),
        gone=_gone(week, span),
        today=week.asked.href(day=week.today, start=None, end=None),
        wrong=_wrong(it, span),
        for_others=desk,
        who=it.name,
        member=it.person or "",
        others=it.others,
        nobody=_nobody(it, desk),
        rule=f"{it.rule} {sentence(it.terms)}".strip(),
        price=" ".join(it.price),
        out=_out(thing),
        verdict=None if it.offer is None or span is None else _verdict(it, it.offer, span),
        wish=not desk and it.person is not None and thing.is_machine and _is_taken(it),
    )


def _empty(week: Week) -> str:
    """Return why there is no slot on that day."""
    if not week.spans(week.asked.day):
        return _("The place is closed on that day.")
    if week.asked.day < week.today:
        return _("Nothing was booked that day.")
    return _("Nothing is free on that day.")


def _gone(week: Week, span: Span | None) -> str:
    """Return the message for a day that is over; empty if a slot was entered, which is then
    judged."""
    is_over = week.asked.day < week.today and span is None and not week.asked.is_backwards
    return _("That day has passed: it can no longer be booked.") if is_over else ""


def _is_taken(it: PanelContext) -> bool:
    """Return whether somebody else uses or has booked the thing at this moment."""
    week = it.week
    slots = week.of(it.thing, week.today) if week.today in week.days else ()
    now = any(slot.starts_at <= week.now < slot.ends_at and not slot.mine for slot in slots)
    return now or it.thing.id in week.running


def _out(thing: BookableThing) -> str:
    if thing.out is None:
        return ""
    why = thing.out or _("no reason given")
    return _("Out of service now: %(why)s. Tell the person before booking.", why=why)


def _typed(at: time | None) -> str:
    return "" if at is None else clock_text(at)


def _wrong(it: PanelContext, span: Span | None) -> str:
    """Return the slot's error if it does not depend on the member; the verdict has the others."""
    if it.week.asked.is_backwards:
        return _("The end comes before the start.")
    if span is not None and span[1] <= it.week.now and it.offer is None:
        return _("That slot has passed.")
    return ""


def _at(it: PanelContext, at: Utc | None) -> str:
    return "" if at is None else clock_text(at.astimezone(it.week.zone).time())


def _nobody(it: PanelContext, desk: bool) -> str:
    if it.person is not None:
        return ""
    if not desk:
        return _("Your account is not linked to a record: ask the desk to book.")
    if it.others:
        return _("Several people have that name: choose one.")
    if it.week.asked.who:
        return _("There is nobody with that name here.")
    return _("Enter who it is for: three letters of the name are enough.")


def _days(week: Week) -> tuple[Option, ...]:
    first = min(week.today, week.asked.day)
    found = [first + timedelta(days=n) for n in range(DAYS)]
    every = sorted({*found, week.asked.day})
    return tuple(Option(value=day.isoformat(), text=day_words(day)) for day in every)


def _clocks(chosen: str) -> tuple[Option, ...]:
    """Return every half-hour, and the chosen time."""
    texts = {f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30)}
    if chosen:
        texts.add(chosen)
    return tuple(Option(value=text, text=text) for text in sorted(texts))


def _lane(it: PanelContext, chosen: Span | None) -> tuple[Segment, ...]:
    """Return the segments of the day, in order: taken, free and chosen."""
    week, day = it.week, it.week.asked.day
    free = week.free(it.thing, day)
    found = [_taken(slot, week) for slot in week.of(it.thing, day)]
    found += [segment for span in free for segment in _split(it, span, chosen)]
    return tuple(segment for _at, segment in sorted(found, key=lambda pair: pair[0]))


def _taken(slot: Slot, week: Week) -> tuple[Utc, Segment]:
    when = from_to(slot.starts_at, slot.ends_at, week.zone)
    text = (
        slot_owner(slot)
        if slot.missed_at is None
        else _("%(who)s, did not come", who=slot_owner(slot))
    )
    return slot.starts_at, Segment(
        look=slot_style(slot),
        halves=_halves((slot.starts_at, slot.ends_at)),
        text=text,
        starts=clock(slot.starts_at, week.zone),
        label=f"{when}, {text}",
    )


def _split(it: PanelContext, span: Span, chosen: Span | None) -> list[tuple[Utc, Segment]]:
    """Return a free span as one segment, or as the parts before, in and after the chosen slot."""
    if chosen is None or chosen[0] < span[0] or chosen[1] > span[1]:
        return [_free(it, span)]
    pieces = [(span[0], chosen[0]), (chosen[1], span[1])]
    found = [_free(it, piece) for piece in pieces if piece[1] - piece[0] >= STEP]
    when = from_to(*chosen, it.week.zone)
    label = _("Chosen: from %(when)s", when=when)
    starts = clock(chosen[0], it.week.zone)
    segment = Segment(look="chosen", halves=_halves(chosen), text=when, starts=starts, label=label)
    return [*found, (chosen[0], segment)]


def _free(it: PanelContext, span: Span) -> tuple[Utc, Segment]:
    zone, lasts = it.week.zone, min(DEFAULT_LENGTH, it.terms.longest or DEFAULT_LENGTH)
    end = Utc.of(min(span[1], span[0] + lasts))
    start_text, end_text = (moment.astimezone(zone).time() for moment in (span[0], end))
    return span[0], Segment(
        look="free",
        halves=_halves(span),
        text=_("free"),
        starts=clock(span[0], zone),
        label=_("Free day and night")
        if is_whole(*span, zone)
        else _("Free from %(when)s", when=from_to(*span, zone)),
        href=it.week.asked.href(start=start_text, end=end_text),
    )


def _halves(span: Span) -> int:
    return min(WIDEST, max(1, round((span[1] - span[0]) / STEP)))


def _held(it: PanelContext) -> tuple[CancellableBooking, ...]:
    return tuple(
        CancellableBooking(
            text=f"{from_to(slot.starts_at, slot.ends_at, it.week.zone)}, {slot_owner(slot)}",
            cancel=url_for("bookings.cancel", booking=slot.booking),
            asks_why=not it.thing.is_machine
            and slot.starts_at < it.week.now
            and not slot.mine
            and is_allowed(Permission.MONEY_WRITE),
        )
        for slot in it.week.of(it.thing, it.week.asked.day)
        if slot.booking and slot.may_cancel
    )


def _verdict(it: PanelContext, found: Offer, span: Span) -> Verdict:
    zone = it.week.zone
    own = _take(it, span, _("Book from %(when)s", when=from_to(*span, zone)))
    if found.hindrance is None:
        title = _("This slot is available.")
        if it.thing.out is not None:
            title = _("The booking will be valid if the machine is back in service by then.")
        return Verdict(
            title=title, lines=_though(it, span), conditions=_conditions(it, found), take=own
        )
    title, lines = _why(it, found, span)
    near = found.nearest
    over_rights = found.hindrance is Hindrance.RIGHTS
    may_see = over_rights and it.person is not None and is_allowed(Permission.MEMBERS_READ)
    return Verdict(
        title=title,
        lines=lines,
        conditions=_conditions(it, found),
        take=None if near is None else _take(it, near, _near_words(it, near)),
        refused=own,
        anyway=over_rights and is_allowed(Permission.MEMBERS_WRITE),
        person=url_for("member.show", member=it.person) if may_see else "",
    )


def _though(it: PanelContext, span: Span) -> tuple[str, ...]:
    """Return the explanation if the slot is possible although the place is closed then."""
    if it.week.is_open(span[0]) and it.week.is_open(Utc.of(span[1] - timedelta(milliseconds=1))):
        return ()
    return (_("The place is closed at that time, although the plan covers it."),)


def _near_words(it: PanelContext, near: Span) -> str:
    when = from_to(*near, it.week.zone)
    day: date = near[0].astimezone(it.week.zone).date()
    if day == it.week.asked.day:
        return _("Take %(when)s", when=when)
    return _("Take %(day)s, %(when)s", day=day_words(day), when=when)


def _take(it: PanelContext, span: Span, text: str) -> SlotOffer:
    day = span[0].astimezone(it.week.zone).date()
    return SlotOffer(text=text, day=day.isoformat(), start=_at(it, span[0]), end=_at(it, span[1]))


def _why(it: PanelContext, found: Offer, span: Span) -> tuple[str, tuple[str, ...]]:
    """Return why the slot is not possible: a title, and what to do."""
    match found.hindrance:
        case Hindrance.OVER:
            return _("That slot has passed."), ()
        case Hindrance.TOO_LONG:
            longest = format_remaining((found.terms.longest_min or 0) * 60)
            return _("Too long: you can book at most %(time)s at a time.", time=longest), ()
        case Hindrance.TOO_EARLY:
            days = found.terms.ahead_days
            return _("Too early: you can book at most %(n)s days ahead.", n=days), ()
        case Hindrance.TAKEN:
            return _taken_by(it, span), ()
        case _ if found.denial is None:
            return _("That is not possible at that time."), ()
        case _:
            text = found.rights.told(found.denial, translator(), it.week.now)
            return text.title, text.lines


def _taken_by(it: PanelContext, span: Span) -> str:
    slots = it.week.of(it.thing, it.week.asked.day)
    during = [slot for slot in slots if slot.starts_at < span[1] and slot.ends_at > span[0]]
    if not during:
        return _("Already taken.")
    first = during[0]
    last = format_end(first.ends_at, it.week.zone)
    return _("Taken until %(time)s: %(who)s.", time=last, who=slot_owner(first))


def _conditions(it: PanelContext, found: Offer) -> tuple[Condition, ...]:
    """Return the conditions in the order in which they are checked; those after a failed one are
    left out."""
    free = _("machine free") if it.thing.is_machine else _("place free")
    asked = (
        (_("length and time ahead"), (Hindrance.OVER, Hindrance.TOO_LONG, Hindrance.TOO_EARLY)),
        (free, (Hindrance.TAKEN,)),
        (_("rights at that time"), (Hindrance.RIGHTS,)),
    )
    lines = []
    for text, against in asked:
        lines.append(Condition(text=text, holds=found.hindrance not in against))
        if found.hindrance in against:
            break
    if it.thing.out is not None:
        lines.append(Condition(text=_("in service now"), holds=False))
    return tuple(lines)
