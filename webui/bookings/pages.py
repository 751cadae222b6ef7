"""Pages of bookings: seven days by room and machine, an open day, and booking and cancelling."""

from dataclasses import replace

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.bookings import bookings, terms
from controller.capabilities.bookings.shapes import Booking, Cancellation, NewBooking
from controller.capabilities.bookings.terms import Terms
from controller.capabilities.bookings.week import bookable_things
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.validate import parse
from webui.billing.booking_price import booking_price
from webui.bookings import reading, terms_form, week_query
from webui.bookings.formatting import day_words, ended_words, from_to
from webui.bookings.week_query import WeekQuery
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _
from webui.naming import read_text
from webui.navigation import BOOKINGS, Nav
from webui.undo import done_with_undo, flash_cancelled, flash_done
from webui.write_actions import write_action

pages = Pages("bookings", __name__)


def _read_week_query(now: Utc) -> WeekQuery:
    return week_query.read(request.values, now.astimezone(site_zone()).date())


@pages.get(
    "/bookings",
    Permission.RULES_READ,
    nav=Nav(
        entry=BOOKINGS,
        text=BOOKINGS.text,
        also="bookings reservations calendar calendrier planning slots créneaux",
        short=lambda: "" if is_allowed(Permission.DESK) else _("Book"),
    ),
)
def show() -> ResponseReturnValue:
    """Show the week; with a thing and a day, the form with what is free and what is required."""
    now = context().clock()
    return _render(_read_week_query(now), now)


@pages.post("/bookings", Permission.OWN_WRITE)
def make() -> ResponseReturnValue:
    """Book the slot; otherwise show why not, and the nearest slot that is possible."""
    web = context()
    now = web.clock()
    query = _read_week_query(now)
    span = query.span(site_zone())
    if span is None or not query.member:
        return _render(query, now), 422
    with write_action((Conflict, Invalid), lambda _error: (_render(query, now), 422)) as (db, now):
        thing = next(
            (
                bookable_thing
                for bookable_thing in bookable_things(db, site().id)
                if bookable_thing.id == query.thing
            ),
            None,
        )
        if thing is None:
            abort(404)
        new = NewBooking(
            member_id=query.member,
            access_point=thing.id if thing.is_machine else None,
            zone_id=None if thing.is_machine else thing.id,
            starts_at=span[0],
            ends_at=span[1],
        )
        new_booking = bookings.create(db, new, actor=actor(), now=now)
        price = (
            () if thing.is_machine else booking_price(db, thing, new_booking.member_id, *span, now)
        )
    done_with_undo(
        " ".join((_booked_text(new_booking), *price)), "bookings.cancel", booking=new_booking.id
    )
    return redirect(replace(query, thing="", member="", who="", dialog=False).href(), 303)


@pages.post("/bookings/<booking>/cancel", Permission.OWN_WRITE)
def cancel(booking: str) -> ResponseReturnValue:
    """Cancel a booking; for ten seconds this can be undone."""
    with write_action() as (db, now):
        reason = " ".join(request.form.get("reason", "").split())[:200]
        cancellation = Cancellation(reason=reason or None)
        cancelled = bookings.cancel(db, booking, cancellation, actor=actor(), now=now)
    if cancelled.cancelled_at is None:
        flash_done(ended_words(cancelled, now))
    else:
        text = _("Booking cancelled: %(when)s is free.", when=_when_text(cancelled))
        flash_cancelled(text, "bookings.restore", booking=booking)
    return _redirect_to(cancelled)


@pages.post("/bookings/<booking>/restore", Permission.OWN_WRITE)
def restore(booking: str) -> ResponseReturnValue:
    """Restore a booking that was cancelled by mistake."""
    with write_action(
        Conflict,
        _("Too late: that slot has passed or is taken, or access to it has ended."),
        redirect(url_for("bookings.show"), 303),
    ) as (db, now):
        restored = bookings.restore(db, booking, actor=actor(), now=now)
    text = _("Booked again: %(when)s.", when=_when_text(restored))
    done_with_undo(text, "bookings.cancel", booking=booking)
    return _redirect_to(restored)


@pages.post("/bookings/terms", Permission.RULES_WRITE)
def save_terms() -> ResponseReturnValue:
    """Save the booking rules for members."""
    try:
        new = parse(terms_form.form_fields(request.form), Terms, strict=False)
    except Invalid:
        abort(400)
    with write_action() as (db, now):
        before = terms.change(db, site().id, new, actor=actor(), now=now)
    fields = ("longest_min", "ahead_days", "release_min")
    old = {key: "" if (it := getattr(before, key)) is None else it for key in fields}
    text = _("Booking rules saved. They apply from the next booking.")
    done_with_undo(text, "bookings.save_terms", **old)
    return redirect(url_for("bookings.show"), 303)


def _render(query: WeekQuery, now: Utc) -> str:
    with context().database.read() as db:
        page = reading.read_page(db, query, site().id, who=actor(), now=now)
    return render_template("bookings/week.html", page=page)


def _when_text(booking: Booking) -> str:
    day = booking.starts_at.astimezone(site_zone()).date()
    when = from_to(booking.starts_at, booking.ends_at, site_zone())
    return _("%(day)s from %(when)s", day=day_words(day), when=when)


def _booked_text(booking: Booking) -> str:
    text = _("Booked: %(when)s.", when=_when_text(booking))
    if booking.warning is None:
        return text
    why = read_text(booking.warning.text).splitlines()[0]
    warning = _("At that time: %(why)s.", why=why.rstrip("."))
    return f"{text} {warning}"


def _redirect_to(booking: Booking) -> ResponseReturnValue:
    day = booking.starts_at.astimezone(site_zone()).date()
    now = context().clock()
    query = replace(_read_week_query(now), day=day, thing="", member="", who="", dialog=False)
    return redirect(query.href(), 303)
