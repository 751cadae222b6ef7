"""The form of one thing on one day: its slots, conditions, and the nearest slot that is
possible."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from flask import url_for

from controller.capabilities.bookings.booking_rights import Rights
from controller.capabilities.bookings.free import STEP, Span, next_half_hour
from controller.capabilities.bookings.offer import Hindrance, Offer
from controller.capabilities.bookings.terms import Terms
from controller.capabilities.bookings.week import BookableThing, Slot
from controller.domain.access.decision import Decision, DenyReason
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from webui.bookings.denial_view import texts_for_desk
from webui.bookings.formatting import (
    clock_text,
    day_words,
    format_end,
    from_to,
    is_whole,
    slot_owner,
    slot_style,
)
from webui.bookings.grid import Week, name_of
from webui.bookings.strip import DEFAULT_HOURS as HOURS
from webui.bookings.terms_form import sentence
from webui.bookings.views import CancellableBooking, Condition, Panel, Segment, SlotOffer, Verdict
from webui.guard import actor, is_allowed
from webui.i18n import _, translator
from webui.i18n.dates import clock, format_remaining
from webui.parts import Option

DEFAULT_LENGTH = timedelta(hours=2)
"""Length of a proposed slot."""
DAYS = 15
"""How many days the form offers."""
MAX_SEGMENT = 48
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
    """The price of the slot, and the charge for cancelling it."""
    offer: Offer | None = None


def propose_slot(week: Week, thing: BookableThing, terms: Terms) -> Span | None:
    """Return the slot in the address, or the first that is free on that day, at most two hours.

    If nothing is free, a slot in the usual hours, whose verdict then names the nearest possible
    one. None for a day that is over.
    """
    typed_span = week.query.span(week.zone)
    if typed_span is not None:
        return typed_span
    if week.query.is_backwards or week.query.day < week.today:
        return None
    first, last = week.usual(week.query.day)
    whole = week.free(thing, week.query.day)
    usual = [(max(a, first), min(b, last)) for a, b in whole if b - first >= STEP <= last - a]
    free = [(a, b) for a, b in usual if b - a >= STEP] or whole
    lasts = min(DEFAULT_LENGTH, terms.longest or DEFAULT_LENGTH)
    longest = max(free, key=lambda span: min(span[1] - span[0], lasts), default=None)
    start, end = longest or (_usual_start(week), None)
    return start, Utc.of(start + lasts if end is None else min(end, start + lasts))


def _usual_start(week: Week) -> Utc:
    """Return the start of a slot on a day without free time; in the future if the day is not
    over."""
    day, coming = week.query.day, next_half_hour(week.now)
    midnight = week.midnight(day)
    opens = min((start for start, _end in week.spans(day)), default=midnight)
    first = opens if opens > midnight else Utc.of(midnight + timedelta(hours=HOURS[0]))
    return max(first, coming) if coming < week.midnight(day + timedelta(days=1)) else first


def slot_form(panel: PanelContext) -> Panel:
    """Return the form in the current language."""
    week, thing = panel.week, panel.thing
    span = propose_slot(week, thing, panel.terms)
    desk = is_allowed(Permission.MEMBERS_WRITE)
    start, end = span or (None, None)
    return Panel(
        thing=thing.id,
        date=week.query.day.isoformat(),
        things=panel.things,
        title=_("Book") if week.query.dialog else f"{name_of(thing)}, {day_words(week.query.day)}",
        close=week.query.href(thing="", member="", dialog=False),
        lane=_lane(panel, span),
        cancellable=_cancellable_bookings(panel),
        days=_days(week),
        starts=_clocks(_clock_text(panel, start) or _time_field(week.query.start)),
        ends=_clocks(_clock_text(panel, end) or _time_field(week.query.end)),
        start=_clock_text(panel, start) or _time_field(week.query.start),
        end=_clock_text(panel, end) or _time_field(week.query.end),
        empty=_no_slot_text(week),
        past_day_text=_day_over_text(week, span),
        today=week.query.href(day=week.today, start=None, end=None),
        slot_error=_slot_error(panel, span),
        for_others=desk,
        who=panel.name,
        member=panel.person or "",
        others=panel.others,
        nobody=_no_person_text(panel, desk),
        rule=f"{panel.rule} {sentence(panel.terms, is_machine=thing.is_machine)}".strip(),
        price=" ".join(panel.price),
        out_of_service_text=_out_of_service_text(thing, panel.person),
        verdict=None if panel.offer is None or span is None else _verdict(panel, panel.offer, span),
        wish=not desk and panel.person is not None and thing.is_machine and _is_taken(panel),
    )


def _no_slot_text(week: Week) -> str:
    if not week.spans(week.query.day):
        return _("The place is closed on that day.")
    if week.query.day < week.today:
        return _("Nothing was booked that day.")
    return _("Nothing is free on that day.")


def _day_over_text(week: Week, span: Span | None) -> str:
    """Return the message for a day that is over; empty if a slot was entered, which is then
    judged."""
    is_over = week.query.day < week.today and span is None and not week.query.is_backwards
    return _("That day has passed: it can no longer be booked.") if is_over else ""


def _is_taken(panel: PanelContext) -> bool:
    """Return whether somebody else uses or has booked the thing at this moment."""
    week = panel.week
    slots = week.slots_of(panel.thing, week.today) if week.today in week.days else ()
    now = any(
        slot.starts_at <= week.now < slot.ends_at and not slot.is_own and not slot.is_released
        for slot in slots
    )
    return now or panel.thing.id in week.running


def _out_of_service_text(thing: BookableThing, person: str | None) -> str:
    if thing.out_of_service is None:
        return ""
    why = thing.out_of_service or _("no reason given")
    if person == actor().member_id or not is_allowed(Permission.MEMBERS_WRITE):
        return _("Out of service now: %(why)s.", why=why)
    return _("Out of service now: %(why)s. Tell the person before booking.", why=why)


def _time_field(at: time | None) -> str:
    return "" if at is None else clock_text(at)


def _slot_error(panel: PanelContext, span: Span | None) -> str:
    """Return the slot's error if it does not depend on the member; the verdict has the others."""
    if panel.week.query.is_backwards:
        return _("The end comes before the start.")
    if span is not None and span[1] <= panel.week.now and panel.offer is None:
        return _("That slot has passed.")
    return ""


def _clock_text(panel: PanelContext, at: Utc | None) -> str:
    return "" if at is None else clock_text(at.astimezone(panel.week.zone).time())


def _no_person_text(panel: PanelContext, desk: bool) -> str:
    if panel.person is not None:
        return ""
    if not desk:
        return _("Your account is not linked to a record: ask the desk to book.")
    if panel.others:
        return _("Several people have that name: choose one.")
    if panel.week.query.who:
        return _("There is nobody with that name here.")
    return _("Enter who it is for: three letters of the name are enough.")


def _days(week: Week) -> tuple[Option, ...]:
    first = min(week.today, week.query.day)
    days = [first + timedelta(days=n) for n in range(DAYS)]
    every = sorted({*days, week.query.day})
    return tuple(Option(value=day.isoformat(), text=day_words(day)) for day in every)


def _clocks(chosen: str) -> tuple[Option, ...]:
    """Return every half-hour, and the chosen time."""
    texts = {f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30)}
    if chosen:
        texts.add(chosen)
    return tuple(Option(value=text, text=text) for text in sorted(texts))


def _lane(panel: PanelContext, chosen: Span | None) -> tuple[Segment, ...]:
    """Return the segments of the day, in order: taken, free and chosen."""
    week, day = panel.week, panel.week.query.day
    free = week.free(panel.thing, day)
    segments = [_taken_segment(slot, week) for slot in week.slots_of(panel.thing, day)]
    segments += [segment for span in free for segment in _split_free_span(panel, span, chosen)]
    return tuple(segment for _start, segment in sorted(segments, key=lambda pair: pair[0]))


def _taken_segment(slot: Slot, week: Week) -> tuple[Utc, Segment]:
    when = from_to(slot.starts_at, slot.ends_at, week.zone)
    text = (
        slot_owner(slot)
        if slot.missed_at is None
        else _("%(who)s, did not come", who=slot_owner(slot))
    )
    return slot.starts_at, Segment(
        look=slot_style(slot),
        halves=_half_hours((slot.starts_at, slot.ends_at)),
        text=text,
        starts=clock(slot.starts_at, week.zone),
        label=f"{when}, {text}",
    )


def _split_free_span(
    panel: PanelContext, span: Span, chosen: Span | None
) -> list[tuple[Utc, Segment]]:
    """Return a free span as one segment, or as the parts before, in and after the chosen slot."""
    if chosen is None or chosen[0] < span[0] or chosen[1] > span[1]:
        return [_free_segment(panel, span)]
    pieces = [(span[0], chosen[0]), (chosen[1], span[1])]
    segments = [_free_segment(panel, piece) for piece in pieces if piece[1] - piece[0] >= STEP]
    when = from_to(*chosen, panel.week.zone)
    label = _("Chosen: from %(when)s", when=when)
    starts = clock(chosen[0], panel.week.zone)
    segment = Segment(
        look="chosen", halves=_half_hours(chosen), text=when, starts=starts, label=label
    )
    return [*segments, (chosen[0], segment)]


def _free_segment(panel: PanelContext, span: Span) -> tuple[Utc, Segment]:
    zone, lasts = panel.week.zone, min(DEFAULT_LENGTH, panel.terms.longest or DEFAULT_LENGTH)
    end = Utc.of(min(span[1], span[0] + lasts))
    start_text, end_text = (moment.astimezone(zone).time() for moment in (span[0], end))
    return span[0], Segment(
        look="free",
        halves=_half_hours(span),
        text=_("free"),
        starts=clock(span[0], zone),
        label=_("Free day and night")
        if is_whole(*span, zone)
        else _("Free from %(when)s", when=from_to(*span, zone)),
        href=panel.week.query.href(start=start_text, end=end_text),
    )


def _half_hours(span: Span) -> int:
    return min(MAX_SEGMENT, max(1, round((span[1] - span[0]) / STEP)))


def _cancellable_bookings(panel: PanelContext) -> tuple[CancellableBooking, ...]:
    return tuple(
        CancellableBooking(
            text=f"{from_to(slot.starts_at, slot.ends_at, panel.week.zone)}, {slot_owner(slot)}",
            cancel=url_for("bookings.cancel", booking=slot.booking),
            asks_why=not panel.thing.is_machine
            and slot.starts_at < panel.week.now
            and not slot.is_own
            and is_allowed(Permission.MONEY_WRITE),
        )
        for slot in panel.week.slots_of(panel.thing, panel.week.query.day)
        if slot.booking and slot.may_cancel
    )


def _verdict(panel: PanelContext, offer: Offer, span: Span) -> Verdict:
    zone = panel.week.zone
    chosen = _slot_offer(panel, span, _book_text(panel, from_to(*span, zone)))
    if offer.hindrance is None:
        title = _("This slot is available.")
        if panel.thing.out_of_service is not None:
            title = _("The booking will be valid if the machine is back in service by then.")
        return Verdict(
            title=title,
            lines=_closed_notes(panel, span),
            conditions=_conditions(panel, offer),
            take=chosen,
        )
    title, lines = _refusal_texts(panel, offer, span)
    near = offer.nearest
    over_rights = offer.hindrance is Hindrance.RIGHTS
    lacks_rights = over_rights or offer.denial is not None
    may_see = lacks_rights and panel.person is not None and is_allowed(Permission.MEMBERS_READ)
    is_barred = offer.denial is not None and offer.denial.reason is DenyReason.MEMBER_SUSPENDED
    return Verdict(
        title=title,
        lines=lines,
        conditions=_conditions(panel, offer),
        take=None if near is None else _slot_offer(panel, near, _nearest_slot_text(panel, near)),
        refused=chosen,
        anyway=over_rights and not is_barred and _is_for_somebody(panel),
        person=url_for("member.show", member=panel.person) if may_see else "",
    )


def _book_text(panel: PanelContext, when: str) -> str:
    if _is_for_somebody(panel):
        return _("Book from %(when)s for %(name)s", when=when, name=panel.name)
    return _("Book from %(when)s", when=when)


def _is_for_somebody(panel: PanelContext) -> bool:
    """Return whether the reader books for somebody else, as the desk may."""
    return panel.person != actor().member_id and is_allowed(Permission.MEMBERS_WRITE)


def _closed_notes(panel: PanelContext, span: Span) -> tuple[str, ...]:
    """Return the explanation if the slot is possible although the place is closed then."""
    if panel.week.is_open(span[0]) and panel.week.is_open(
        Utc.of(span[1] - timedelta(milliseconds=1))
    ):
        return ()
    return (_("The place is closed at that time, although the plan covers it."),)


def _nearest_slot_text(panel: PanelContext, near: Span) -> str:
    when = from_to(*near, panel.week.zone)
    day: date = near[0].astimezone(panel.week.zone).date()
    if day == panel.week.query.day:
        return _("Take %(when)s", when=when)
    return _("Take %(day)s, %(when)s", day=day_words(day), when=when)


def _slot_offer(panel: PanelContext, span: Span, text: str) -> SlotOffer:
    day = span[0].astimezone(panel.week.zone).date()
    return SlotOffer(
        text=text,
        day=day.isoformat(),
        start=_clock_text(panel, span[0]),
        end=_clock_text(panel, span[1]),
    )


def _refusal_texts(panel: PanelContext, offer: Offer, span: Span) -> tuple[str, tuple[str, ...]]:
    """Return why the slot is not possible: a title, and what to do."""
    denial = None if offer.denial is None else _denial_texts(panel, offer.rights, offer.denial)
    match offer.hindrance:
        case Hindrance.OVER if span[1] > panel.week.now:
            return _("That slot began more than an hour ago."), ()
        case Hindrance.OVER:
            return _("That slot has passed."), ()
        case Hindrance.TOO_LONG:
            longest = format_remaining((offer.terms.longest_min or 0) * 60)
            return _("Too long: you can book at most %(time)s at a time.", time=longest), ()
        case Hindrance.TOO_EARLY:
            days = offer.terms.ahead_days
            return _("Too early: you can book at most %(n)s days ahead.", n=days), ()
        case Hindrance.TAKEN:
            return _taken_by(panel, span), () if denial is None else (denial[0], *denial[1])
        case _:
            return denial or (_("That is not possible at that time."), ())


def _denial_texts(
    panel: PanelContext, rights: Rights, denial: Decision
) -> tuple[str, tuple[str, ...]]:
    if _is_for_somebody(panel):
        return texts_for_desk(rights, denial, panel.week.now)
    text = rights.denial_text(denial, translator(), panel.week.now)
    return text.title, text.lines


def _taken_by(panel: PanelContext, span: Span) -> str:
    slots = panel.week.slots_of(panel.thing, panel.week.query.day)
    during = [
        slot
        for slot in slots
        if slot.starts_at < span[1] and slot.ends_at > span[0] and not slot.is_released
    ]
    if not during:
        return _("Already taken.")
    first = during[0]
    last = format_end(first.ends_at, panel.week.zone)
    return _("Taken until %(time)s: %(who)s.", time=last, who=slot_owner(first))


def _conditions(panel: PanelContext, offer: Offer) -> tuple[Condition, ...]:
    """Return the conditions in the order in which they are checked; those after a failed one are
    left out."""
    free = _("machine free") if panel.thing.is_machine else _("place free")
    checks = (
        (_("length and time ahead"), (Hindrance.OVER, Hindrance.TOO_LONG, Hindrance.TOO_EARLY)),
        (free, (Hindrance.TAKEN,)),
        (_("rights at that time"), (Hindrance.RIGHTS,)),
    )
    lines = []
    for text, against in checks:
        lines.append(Condition(text=text, holds=offer.hindrance not in against))
        if offer.hindrance in against:
            if offer.hindrance is Hindrance.TAKEN and offer.denial is not None:
                lines.append(Condition(text=checks[-1][0], holds=False))
            break
    if panel.thing.out_of_service is not None:
        lines.append(Condition(text=_("in service now"), holds=False))
    return tuple(lines)
