"""Read everything that the page of bookings shows, in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.alarm_suppression import without_explained
from controller.capabilities.bookings import offer, terms, week
from controller.capabilities.bookings.offer import OfferRequest
from controller.capabilities.bookings.week import BookableThing
from controller.capabilities.machines import access_points
from controller.capabilities.members import members
from controller.capabilities.plans import member_search
from controller.capabilities.plans.member_search import MemberResult
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from controller.kernel.lookalikes import skeleton
from controller.kernel.paging import Cursor
from controller.policy import facts_of
from webui.alarms.views import alarm_texts
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

MAX_SUGGESTIONS = 6
"""How many members with a matching name are offered."""


def read_page(db: Session, query: WeekQuery, site_id: str, *, who: Actor, now: Utc) -> BookingsPage:
    """Return the page: seven days, and the form that is open in them or over them."""
    site = facts_of.site_hours_and_zones(db, site_id, now)
    things = week.bookable_things(db, site_id)
    open_query, query = _with_open_thing(query, things), replace(query, dialog=False)
    shown_week = Week(query, site, things, (), now)
    since, until = (shown_week.midnight(query.first + timedelta(days=n)) for n in (0, 7))
    slots = week.booked_slots(db, site_id, since, until, actor=who)
    if shown_week.today in shown_week.days:
        shown_week = replace(
            shown_week,
            running=week.machines_in_use(db, site_id),
            stopped=_alarmed_machines(db, site_id),
            silent=week.silent_machines(db, site_id, now),
        )
    shown_week = replace(shown_week, slots=slots)
    thing = next((thing for thing in things if thing.id == open_query.thing), None)
    listed = grid.listed_things(shown_week)
    drawn = grid.page(shown_week, listed)
    broken_things = _out_of_service_bookings(shown_week)
    step = timedelta(days=1 if query.is_day else 7)
    return BookingsPage(
        is_day=query.is_day,
        views=_views(query),
        hours=shown_week.hours.axis(),
        hidden_fields=query.hidden_fields,
        title=_title(query),
        opening=grid.opening_words(shown_week),
        book=query.href(thing="", member="", dialog=True) if things else "",
        previous=query.href(day=query.day - step, thing="", member=""),
        following=query.href(day=query.day + step, thing="", member=""),
        today="" if _is_now(query) else query.href(day=shown_week.today, thing="", member=""),
        facts=_facts(shown_week),
        warning=plural(
            "%(n)s on a machine out of service",
            "%(n)s on machines out of service",
            len(broken_things),
        )
        if broken_things
        else "",
        warning_href=_broken_href(query, broken_things[0], drawn) if broken_things else "",
        filters=_filters(shown_week),
        days=grid.days(shown_week),
        groups=grid.groups(shown_week, drawn),
        narrowed=_line_filters(shown_week, listed, drawn),
        past_days_text=_over_text(shown_week) if thing is None else "",
        panel=None
        if thing is None
        else _panel(db, replace(shown_week, query=open_query), thing, who),
        terms=form(terms.of_site(db, site_id)),
        may_write_rules=is_allowed(Permission.RULES_WRITE),
        is_dialog=open_query.dialog,
        is_somebody=who.member_id is not None and is_allowed(Permission.OWN_WRITE),
    )


def _with_open_thing(query: WeekQuery, things: Sequence[BookableThing]) -> WeekQuery:
    """Return the query with a thing open; the dialog opens the first thing if none is chosen."""
    if not query.dialog or not things or any(thing.id == query.thing for thing in things):
        return query
    return replace(
        query, thing=next((it for it in things if it.out_of_service is None), things[0]).id
    )


def _alarmed_machines(db: Session, site_id: str) -> dict[str, str]:
    """Return the machines that have an urgent alarm, each with its name."""
    kinds = db.info["house"].alarms
    return {
        alarm.access_point: alarm_texts(alarm.kind, kinds)[0]
        for alarm in without_explained(alarms.active_at(db, site_id))
        if alarm.access_point and not (alarm.kind in kinds and kinds[alarm.kind].can_wait)
    }


def _over_text(week: Week) -> str:
    """Return that nothing was booked, if all days are over; empty: there is something to show."""
    is_over = all(day < week.today for day in week.shown_days)
    if not is_over or any(week.slots_of(it, day) for it in week.things for day in week.shown_days):
        return ""
    if week.query.is_day:
        return _("Nothing was booked that day.")
    return _("Nothing was booked in these seven days.")


def _is_now(query: WeekQuery) -> bool:
    return query.today == (query.day if query.is_day else query.first)


def _title(query: WeekQuery) -> str:
    if query.is_day and query.day.year != query.today.year:
        return format_day(query.day, "EEEE d MMMM y")
    if query.is_day:
        return day_words(query.day)
    return _("The next seven days") if _is_now(query) else week_words(query.first, query.today)


def _thing_options(week: Week) -> tuple[Option, ...]:
    """Return what the dialog offers, by room."""
    every = replace(week, query=replace(week.query, show="", list_filter=ListFilter()))
    return tuple(
        Option(value=thing.id, text=_("%(name)s, %(room)s", name=grid.name_of(thing), room=room))
        for thing, room in grid.with_rooms(every)
    )


def _line_filters(
    week: Week, listed: Sequence[BookableThing], drawn: Sequence[BookableThing]
) -> Filters:
    """Return the filters of the lines; the shown page is the one with the open thing."""
    query = week.query
    start = listed.index(drawn[0]) if drawn else 0
    view_fields = {"day": query.day.isoformat(), "show": query.show, "view": query.view}
    return filters(
        "bookings.show",
        replace(query.list_filter, start=start),
        room_options(week.site, (thing.zone or thing.id for thing in week.things)),
        [Option(value=key, text=text) for key, text in grid.state_words().items()],
        every=len(week.things),
        matching=len(listed),
        shown=len(drawn),
        **view_fields,
    )


def _broken_href(query: WeekQuery, thing: str, drawn: Sequence[BookableThing]) -> str:
    """Return the address of the thing's line: an anchor on this page, or a page with this line."""
    if any(candidate.id == thing for candidate in drawn):
        return f"#thing-{thing}"
    return query.href(show="", thing=thing, member="", list_filter=ListFilter(state=grid.OUT))


def _panel(db: Session, week: Week, thing: BookableThing, who: Actor) -> Panel:
    """Return the form of the open thing; its slot is judged by the rules of booking."""
    person, name, candidates = _person(db, week.query, who, week.now)
    member_terms = terms.terms_for(db, week.site.id, who)
    others = _namesake_options(db, week.query, candidates, person)
    things = _thing_options(week) if week.query.dialog else ()
    panel_context = PanelContext(
        week, thing, member_terms, person, name, others, _rule(db, thing, who), things
    )
    span = panel.propose_slot(week, thing, member_terms)
    if span is not None:
        price = booking_price(db, thing, person, *span, week.now)
        panel_context = replace(panel_context, price=price)
    if person is None or span is None:
        return panel.slot_form(panel_context)
    offer_request = OfferRequest(thing=thing, starts_at=span[0], ends_at=span[1], member_id=person)
    checked = offer.check_offer(db, week.site, offer_request, actor=who, now=week.now)
    return panel.slot_form(replace(panel_context, offer=checked))


def _person(
    db: Session, query: WeekQuery, who: Actor, now: Utc
) -> tuple[str | None, str, Sequence[MemberResult]]:
    """Return the member to book for: id, name, and other members with a matching name.

    An account that may not book for others gets itself. Otherwise the member is found by id, or by
    a typed name that only one member has.
    """
    if not is_allowed(Permission.MEMBERS_WRITE):
        return who.member_id, _("you"), ()
    if query.member:
        try:
            return query.member, members.get(db, query.member, actor=who).display_name, ()
        except NotFound:
            return None, "", ()
    if not query.who:
        return None, "", ()
    cursor = Cursor(limit=MAX_SUGGESTIONS)
    matches = member_search.search(db, query.who, actor=who, now=now, cursor=cursor).items
    look = skeleton(query.who)
    exact = [match for match in matches if skeleton(match.display_name) == look]
    sure = exact if len(exact) == 1 else matches
    if len(sure) != 1:
        return None, query.who, matches
    return sure[0].id, sure[0].display_name, matches


def _namesake_options(
    db: Session, query: WeekQuery, matches: Sequence[MemberResult], person: str | None
) -> tuple[Option, ...]:
    names = {member.id: member.display_name for member in matches}
    marks = namesakes.distinguishing_marks(db, names)
    return tuple(
        Option(
            value=query.href(member=key, who=""),
            text=f"{name} ({marks[key]})" if key in marks else name,
        )
        for key, name in names.items()
        if key != person
    )


def _rule(db: Session, thing: BookableThing, who: Actor) -> str:
    """Return what a machine requires, as a sentence; empty: nothing."""
    if not thing.is_machine:
        return ""
    rule = access_points.get(db, thing.id, actor=who).requirement
    text = rule_words.rule_text(rule, certification_names(db, who), plan_names(db, who))
    return f"{text}." if text else ""


def _filters(week: Week) -> tuple[Filter, ...]:
    own_count = len([slot for slot in week.slots if slot.is_own and slot.missed_at is None])
    texts = {
        "": pgettext("things", "All"),
        "machines": _("Machines"),
        "rooms": pgettext("to book", "Rooms"),
        "mine": _("Mine %(n)s", n=own_count) if own_count else _("Mine"),
    }
    query = replace(
        week.query, thing="", member="", list_filter=replace(week.query.list_filter, start=0)
    )
    own_day = query.day if query.day in week.own_days else min(week.own_days, default=query.day)
    return tuple(
        Filter(
            text=texts[key],
            href=query.href(show=key, day=own_day if key == "mine" else query.day),
            on=week.query.show == key,
        )
        for key in ("", *SHOWS)
    )


def _views(query: WeekQuery) -> tuple[Filter, ...]:
    texts = {"": _("Week"), DAY: _("Day")}
    return tuple(
        Filter(text=text, href=query.href(view=key, thing="", member=""), on=query.view == key)
        for key, text in texts.items()
    )


def _facts(week: Week) -> tuple[str, ...]:
    """Return the numbers of bookings, course sessions and no-shows on the shown days."""
    slots = [s for s in week.slots if s.starts_at.astimezone(week.zone).date() in week.shown_days]
    booked = [slot for slot in slots if slot.booking]
    courses = {(slot.starts_at, slot.course) for slot in slots if slot.course}
    missed_count = sum(slot.missed_at is not None for slot in booked)
    texts = [plural("%(n)s booking", "%(n)s bookings", len(booked))]
    if courses:
        texts.append(plural("%(n)s course session", "%(n)s course sessions", len(courses)))
    if missed_count:
        texts.append(plural("%(n)s no-show", "%(n)s no-shows", missed_count))
    return tuple(texts)


def _out_of_service_bookings(week: Week) -> list[str]:
    """Return for each coming booking of a machine that is out of service the machine's id."""
    out = {thing.id for thing in week.things if thing.out_of_service is not None}
    return [
        slot.thing
        for slot in week.slots
        if slot.booking and slot.thing in out and slot.ends_at > week.now and not slot.is_released
    ]
