"""Read everything that the page of bookings shows, in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from controller.capabilities.bookings import offer, terms, week
from controller.capabilities.bookings.offer import OfferRequest
from controller.capabilities.bookings.week import BookableThing
from controller.capabilities.machines import access_points
from controller.capabilities.members import members
from controller.capabilities.plans import member_search
from controller.capabilities.plans.member_search import Found
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from controller.kernel.paging import Cursor
from controller.policy import facts_of
from webui.billing.booking_price import booking_price
from webui.bookings import grid, panel
from webui.bookings.formatting import day_words, week_words
from webui.bookings.grid import Week
from webui.bookings.panel import PanelContext
from webui.bookings.terms_form import form
from webui.bookings.views import BookingsPage, Filter, Panel
from webui.bookings.week_query import DAY, SHOWS, WeekQuery
from webui.guard import is_allowed
from webui.i18n import _, pgettext, plural
from webui.i18n.dates import format_day
from webui.list_filter import Filters, ListFilter, filters, room_options
from webui.machines import rule_words
from webui.machines.machine_presenter import certification_names, plan_names
from webui.members import namesakes
from webui.parts import Option

OTHERS = 6
"""How many members with a matching name are offered."""


def read_page(db: Session, asked: WeekQuery, site_id: str, *, who: Actor, now: Utc) -> BookingsPage:
    """Return the page: seven days, and the form that is open in them or over them."""
    site = facts_of.site(db, site_id, now)
    things = week.bookable_things(db, site_id)
    opened, asked = _opened(asked, things), replace(asked, dialog=False)
    shown = Week(asked, site, things, (), frozenset(), now)
    since, until = (shown.midnight(asked.first + timedelta(days=n)) for n in (0, 7))
    slots = week.booked_slots(db, site_id, since, until, actor=who)
    live = week.machines_in_use(db, site_id) if shown.today in shown.days else frozenset()
    shown = Week(asked, site, things, slots, live, now)
    thing = next((thing for thing in things if thing.id == opened.thing), None)
    there = grid.listed_things(shown)
    drawn = grid.page(shown, there)
    warned = _on_broken(shown)
    step = timedelta(days=1 if asked.is_day else 7)
    return BookingsPage(
        is_day=asked.is_day,
        views=_views(asked),
        hours=grid.axis(shown),
        kept=asked.kept,
        title=_title(asked),
        opening=grid.opening_words(shown),
        book=asked.href(thing="", member="", dialog=True) if things else "",
        previous=asked.href(day=asked.day - step, thing="", member=""),
        following=asked.href(day=asked.day + step, thing="", member=""),
        today="" if _is_now(asked) else asked.href(day=shown.today, thing="", member=""),
        facts=_facts(shown),
        warning=plural(
            "%(n)s on a machine out of service", "%(n)s on machines out of service", len(warned)
        )
        if warned
        else "",
        warning_href=_broken_href(asked, warned[0], drawn) if warned else "",
        filters=_filters(shown),
        days=grid.days(shown),
        groups=grid.groups(shown, drawn),
        narrowed=_narrowed(shown, there, drawn),
        panel=None if thing is None else _panel(db, replace(shown, asked=opened), thing, who),
        terms=form(terms.of_site(db, site_id)),
        may_rule=is_allowed(Permission.RULES_WRITE),
        is_dialog=opened.dialog,
        is_somebody=who.member_id is not None and is_allowed(Permission.OWN_WRITE),
    )


def _opened(asked: WeekQuery, things: Sequence[BookableThing]) -> WeekQuery:
    """Return what the form is about: in the dialog, something even if nothing is chosen yet."""
    if not asked.dialog or not things or any(thing.id == asked.thing for thing in things):
        return asked
    return replace(asked, thing=next((it for it in things if it.out is None), things[0]).id)


def _is_now(asked: WeekQuery) -> bool:
    return asked.today == (asked.day if asked.is_day else asked.first)


def _title(asked: WeekQuery) -> str:
    if asked.is_day and asked.day.year != asked.today.year:
        return format_day(asked.day, "EEEE d MMMM y")
    if asked.is_day:
        return day_words(asked.day)
    return _("The next seven days") if _is_now(asked) else week_words(asked.first, asked.today)


def _things(shown: Week) -> tuple[Option, ...]:
    """Return what the dialog offers, by room."""
    every = Week(
        replace(shown.asked, show="", narrowing=ListFilter()),
        *(shown.site, shown.things, shown.slots, shown.running, shown.now),
    )
    return tuple(
        Option(value=thing.id, text=_("%(name)s, %(room)s", name=grid.name_of(thing), room=room))
        for thing, room in grid.with_rooms(every)
    )


def _narrowed(
    shown: Week, there: Sequence[BookableThing], drawn: Sequence[BookableThing]
) -> Filters:
    """Return the filters of the lines; the shown page is the one with the open thing."""
    asked = shown.asked
    start = there.index(drawn[0]) if drawn else 0
    kept = {"day": asked.day.isoformat(), "show": asked.show, "view": asked.view}
    return filters(
        "bookings.show",
        replace(asked.narrowing, start=start),
        room_options(shown.site, (thing.zone or thing.id for thing in shown.things)),
        [Option(value=key, text=text) for key, text in grid.state_words().items()],
        every=len(shown.things),
        found=len(there),
        shown=len(drawn),
        **kept,
    )


def _broken_href(asked: WeekQuery, thing: str, drawn: Sequence[BookableThing]) -> str:
    """Return the address of the thing's line: an anchor on this page, or a page with this line."""
    if any(candidate.id == thing for candidate in drawn):
        return f"#thing-{thing}"
    return asked.href(show="", thing=thing, member="", narrowing=ListFilter(state=grid.OUT))


def _panel(db: Session, shown: Week, thing: BookableThing, who: Actor) -> Panel:
    """Return the form of the open thing; its slot is judged by the rules of booking."""
    person, name, found = _person(db, shown.asked, who, shown.now)
    bound = terms.terms_for(db, shown.site.id, who)
    others = _others(db, shown.asked, found, person)
    things = _things(shown) if shown.asked.dialog else ()
    opened = PanelContext(shown, thing, bound, person, name, others, _rule(db, thing, who), things)
    span = panel.propose_slot(shown, thing, bound)
    if span is not None:
        price = booking_price(db, thing, person, *span, shown.now)
        opened = replace(opened, price=price)
    if person is None or span is None:
        return panel.slot_form(opened)
    wanted = OfferRequest(thing=thing, starts_at=span[0], ends_at=span[1], member_id=person)
    judged = offer.check_offer(db, shown.site, wanted, actor=who, now=shown.now)
    return panel.slot_form(replace(opened, offer=judged))


def _person(
    db: Session, asked: WeekQuery, who: Actor, now: Utc
) -> tuple[str | None, str, Sequence[Found]]:
    """Return whom to book for: id, name, and other members with a matching name.

    By id, by a typed name that only one has, or else the actor, unless the account books for all.
    """
    if not is_allowed(Permission.MEMBERS_WRITE):
        return who.member_id, _("you"), ()
    if asked.member:
        try:
            return asked.member, members.get(db, asked.member, actor=who).display_name, ()
        except NotFound:
            return None, "", ()
    if not asked.who:
        return None, "", ()
    cursor = Cursor(limit=OTHERS)
    found = member_search.search(db, asked.who, actor=who, now=now, cursor=cursor).items
    said = asked.who.strip().casefold()
    exact = [one for one in found if one.display_name.casefold() == said]
    sure = exact if len(exact) == 1 else found
    if len(sure) != 1:
        return None, asked.who, found
    return sure[0].id, sure[0].display_name, found


def _others(
    db: Session, asked: WeekQuery, found: Sequence[Found], person: str | None
) -> tuple[Option, ...]:
    names = {member.id: member.display_name for member in found}
    beside = namesakes.distinguishing_marks(db, names)
    return tuple(
        Option(
            value=asked.href(member=key, who=""),
            text=f"{name} ({beside[key]})" if key in beside else name,
        )
        for key, name in names.items()
        if key != person
    )


def _rule(db: Session, thing: BookableThing, who: Actor) -> str:
    """Return what a machine requires, as a sentence; empty: nothing."""
    if not thing.is_machine:
        return ""
    rule = access_points.get(db, thing.id, actor=who).requirement
    said = rule_words.rule_text(rule, certification_names(db, who), plan_names(db, who))
    return f"{said}." if said else ""


def _filters(shown: Week) -> tuple[Filter, ...]:
    mine = len([slot for slot in shown.slots if slot.mine and slot.missed_at is None])
    texts = {
        "": pgettext("things", "All"),
        "machines": _("Machines"),
        "rooms": pgettext("to book", "Rooms"),
        "mine": _("Mine %(n)s", n=mine) if mine else _("Mine"),
    }
    narrowing = replace(shown.asked.narrowing, start=0)
    return tuple(
        Filter(
            text=texts[key],
            href=shown.asked.href(show=key, thing="", member="", narrowing=narrowing),
            on=shown.asked.show == key,
        )
        for key in ("", *SHOWS)
    )


def _views(asked: WeekQuery) -> tuple[Filter, ...]:
    texts = {"": _("Week"), DAY: _("Day")}
    return tuple(
        Filter(text=text, href=asked.href(view=key, thing="", member=""), on=asked.view == key)
        for key, text in texts.items()
    )


def _facts(shown: Week) -> tuple[str, ...]:
    """Return the numbers of bookings, course sessions and no-shows on the shown days."""
    slots = [
        s for s in shown.slots if s.starts_at.astimezone(shown.zone).date() in shown.shown_days
    ]
    booked = [slot for slot in slots if slot.booking]
    courses = {(slot.starts_at, slot.course) for slot in slots if slot.course}
    missed = sum(slot.missed_at is not None for slot in booked)
    said = [plural("%(n)s booking", "%(n)s bookings", len(booked))]
    if courses:
        said.append(plural("%(n)s course session", "%(n)s course sessions", len(courses)))
    if missed:
        said.append(plural("%(n)s no-show", "%(n)s no-shows", missed))
    return tuple(said)


def _on_broken(shown: Week) -> list[str]:
    """Return a machine out of service for each coming booking of one."""
    out = {thing.id for thing in shown.things if thing.out is not None}
    return [
        slot.thing
        for slot in shown.slots
        if slot.booking and slot.thing in out and slot.ends_at > shown.now
    ]
