"""A member's own page, opened by an account or at a terminal, and its forms."""

from collections.abc import Callable
from datetime import time
from typing import TypeVar

from flask import abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import own as own_badges
from controller.capabilities.billing import statement_mail
from controller.capabilities.bookings import bookings, wishes
from controller.capabilities.bookings.shapes import Booking
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places import sites
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.training import enrolments
from controller.domain.facts import Name
from controller.domain.locale.time import format_upcoming, of_month
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, NotFound, ServiceError
from controller.policy.reading import from_json
from webui.badges.contact import own_lost_text
from webui.bookings.formatting import ended_words
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, own_member, site, site_zone
from webui.i18n import _, current, translator
from webui.members.reading import MemberReader
from webui.naming import read_label
from webui.navigation import OWN, Nav
from webui.presence import exits
from webui.self_service.own_money import own_statement
from webui.self_service.own_places import is_at_terminal, own_actor, read_places
from webui.self_service.reading import BIG, is_big, read_own_page
from webui.training.own_enrolment import enrolment_text, flash_withdrawn
from webui.training.refusal_text import enrolment_refusal, withdrawal_refusal
from webui.undo import done_with_undo, flash_cancelled, flash_done
from webui.write_actions import answer_errors, write_action

T = TypeVar("T")
_OWN = Permission.OWN_WRITE
pages = Pages("self_service", __name__, at_terminal=True)


@pages.get(
    "/mine",
    _OWN,
    nav=Nav(
        entry=OWN, text=OWN.text, also="mine me moi profile profil compte", short=lambda: _("Me")
    ),
)
def show() -> ResponseReturnValue:
    """Show the member's page."""
    return render_own_page()


def render_own_page(wrong_code: str = "") -> str:
    """Return the page; for an account without a member it says what to do about that."""
    with context().database.read() as db:
        page = read_own_page(db, wrong_code)
    return render_template("self_service/self_service.html", page=page)


@pages.get("/mine/statements/<month>", _OWN)
def statement(month: str) -> ResponseReturnValue:
    """Show the member's statement of one month, to read and print; `place`: at another site."""
    wanted = request.args.get("place") or site().id
    try:
        with context().database.read() as db:
            places = {place.id: place for place in read_places(db, [wanted])}
            place = places.get(wanted) or abort(404)
            statement_view = own_statement(db, place, month, context().clock())
    except (NotFound, Invalid):
        abort(404)
    return render_template(
        "self_service/statement.html",
        statement=statement_view,
        title=_("Statement %(of_month)s", of_month=of_month(month, translator())),
        place=read_label(place.name),
        is_elsewhere=place.id != site().id,
        big=is_big(),
        at_terminal=is_at_terminal(),
    )


@pages.post("/mine/statements/mail", _OWN)
def mail_statements() -> ResponseReturnValue:
    """Start or stop sending the member's monthly statements by e-mail."""
    is_wanted = request.form.get("wanted") == "yes"
    text = _("You will receive your statement by e-mail once the month is closed.")
    stopped_text = _("You will no longer receive your statement by e-mail.")
    again = "no" if is_wanted else "yes"
    return _run_action(
        lambda db, now: statement_mail.choose(
            db, site().id, wanted=is_wanted, actor=actor(), now=now
        ),
        lambda _made: done_with_undo(
            text if is_wanted else stopped_text, "self_service.mail_statements", wanted=again
        ),
        _("Your record has no e-mail address: ask the desk to add one."),
    )


@pages.post("/mine/print-size", _OWN)
def resize() -> ResponseReturnValue:
    """Switch large print on or off, for this browser's session."""
    session[BIG] = not is_big()
    return _redirect_back()


@pages.post("/mine/badges/<badge>/lost", _OWN)
def lose(badge: str) -> ResponseReturnValue:
    """Report the member's badge as lost; this can be undone within a minute."""
    return _run_action(
        lambda db, now: own_badges.report_lost(db, badge, actor=actor(), now=now),
        lambda _made: done_with_undo(own_lost_text(), "self_service.unlose", badge=badge),
    )


@pages.post("/mine/badges/<badge>/not-lost", _OWN)
def unlose(badge: str) -> ResponseReturnValue:
    """Undo the report, if it was made a moment ago."""
    return _run_action(
        lambda db, now: own_badges.undo_lost(db, badge, actor=actor(), now=now),
        lambda _made: flash_done(_("The badge works again.")),
        _("Too late: only the desk can unblock this badge now."),
    )


@pages.post("/mine/sessions/<session_id>/enrol", _OWN)
def enrol(session_id: str) -> ResponseReturnValue:
    """Enrol in a course session, or join its waiting list."""
    return _run_action(
        lambda db, now: (
            enrolments.enrol(db, session_id, own_member(), actor=own_actor(db), now=now).status
        ),
        lambda status: done_with_undo(
            enrolment_text(status), "self_service.withdraw", session_id=session_id
        ),
        enrolment_refusal,
    )


@pages.post("/mine/sessions/<session_id>/withdraw", _OWN)
def withdraw(session_id: str) -> ResponseReturnValue:
    """Withdraw from a course session; the next person waiting gets the place."""
    return _run_action(
        lambda db, now: enrolments.withdraw(
            db, session_id, own_member(), actor=own_actor(db), now=now
        ),
        lambda moved: flash_withdrawn(moved, "self_service.enrol", session_id=session_id),
        withdrawal_refusal,
    )


@pages.post("/mine/bookings/<booking>/cancel", _OWN)
def cancel(booking: str) -> ResponseReturnValue:
    """Cancel the member's booking."""

    def cancel_own(db: Session, now: Utc) -> tuple[str, bool]:
        who = own_actor(db)
        cancelled = bookings.cancel(db, _own_booking(db, booking, who), actor=who, now=now)
        if cancelled.cancelled_at is None:
            return ended_words(cancelled, now), False
        zone = sites.get(db, cancelled.site_id, actor=who).time_zone
        start = format_upcoming(cancelled.starts_at, now, zone, translator())
        text = _(
            "Booking cancelled: %(name)s, %(when)s.", name=_booked_name(db, cancelled), when=start
        )
        return text, True

    return _run_action(
        cancel_own,
        lambda done: (
            flash_cancelled(done[0], "self_service.restore", booking=booking)
            if done[1]
            else flash_done(done[0])
        ),
    )


@pages.post("/mine/bookings/<booking>/restore", _OWN)
def restore(booking: str) -> ResponseReturnValue:
    """Undo the cancellation, if the time is still free."""

    def restore_own(db: Session, now: Utc) -> Booking:
        who = own_actor(db)
        return bookings.restore(db, _own_booking(db, booking, who), actor=who, now=now)

    return _run_action(
        restore_own,
        lambda _back_again: flash_done(_("Booked again.")),
        _("Too late: that slot has passed or is taken, or access to it has ended."),
    )


@pages.post("/mine/exit", _OWN)
def correct_exit() -> ResponseReturnValue:
    """Correct when the member left, if they forgot to badge out."""
    form = request.form
    with write_action(
        (Invalid, ValueError),
        _("This time is not within the visit: enter a time between its start and its end."),
        _redirect_back(),
    ) as (db, now):
        zone = site_zone()
        reader = MemberReader(db=db, who=actor(), now=now, zone=zone, member=own_member())
        clock = time.fromisoformat(form.get("at", "")).replace(tzinfo=None)
        exits.correct(db, form.get("visit", ""), clock, reader)
    flash_done(_("The time of the exit was corrected."))
    return _redirect_back()


@pages.post("/mine/wishes", _OWN)
def wish() -> ResponseReturnValue:
    """Ask to be notified when a machine or a place in a session is free, or ask for a course."""
    what = ("machine", "session", "course")
    machine, session_id, course = (request.form.get(field, "") for field in what)
    if [machine, session_id, course].count("") != 2:
        abort(400)

    def make(db: Session, now: Utc) -> tuple[str, bool]:
        by_mail = context().settings.mail.is_on and wishes.is_reached_by_mail(db, actor=actor())
        if machine:
            return wishes.wish_for_machine(db, site().id, machine, actor=actor(), now=now), by_mail
        if course:
            return wishes.wish_for_course(db, site().id, course, actor=actor(), now=now), by_mail
        return wishes.wish_for_place(db, site().id, session_id, actor=actor(), now=now), by_mail

    with_mail = _("Saved: you will be notified here, at the desk and by e-mail.")
    without = _("Saved: you will be notified here and at the desk.")
    return _run_action(
        make,
        lambda made: done_with_undo(
            with_mail if made[1] else without, "self_service.unwish", wish_id=made[0]
        ),
        _("This is no longer possible, or you already have too many alerts."),
    )


@pages.post("/mine/wishes/<wish_id>/drop", _OWN)
def unwish(wish_id: str) -> ResponseReturnValue:
    """Remove a wish, or a notification that was read."""
    return _run_action(
        lambda db, _now: wishes.drop(db, wish_id, actor=actor()),
        lambda _gone: flash_done(_("Removed.")),
    )


def _own_booking(db: Session, booking: str, who: Actor) -> str:
    """Return the booking's id if it is the member's own. Raises NotFound.

    Staff who may book for others do so on other pages.
    """
    if bookings.get(db, booking, actor=who).member_id != own_member():
        raise NotFound("booking", booking)
    return booking


def _booked_name(db: Session, booking: Booking) -> str:
    if booking.access_point is not None:
        row: AccessPointRow | ZoneRow = db.get_one(AccessPointRow, booking.access_point)
    else:
        row = db.get_one(ZoneRow, booking.zone_id)
    return from_json(row.name, Name).read(current())


def _run_action(
    service: Callable[[Session, Utc], T],
    say: Callable[[T], None],
    conflict: str | Callable[[ServiceError], str] = "",
) -> ResponseReturnValue:
    """Run a service in one transaction, then show the page again, with the result or the reason."""
    why = conflict or _("Something has changed in the meantime. This is the current state.")
    with (
        answer_errors(Invalid, lambda _error: abort(404)),
        write_action(Conflict, why, _redirect_back()) as (db, now),
    ):
        result = service(db, now)
    say(result)
    return _redirect_back()


def _redirect_back() -> ResponseReturnValue:
    return redirect(url_for("self_service.show"), 303)
