"""Shared by the desk's actions: a transaction, a message with the result, and the desk again."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import TypeVar

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.desk import board
from controller.capabilities.presence.presence import (
    EmptiedSince,
    EvacuationRunning,
    MoveRecordedSince,
    VisitRecorded,
)
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, NotFound, ServiceError
from webui import refused_input
from webui.addresses import safe_address
from webui.badges.numbers import is_number, read_number
from webui.context import context
from webui.desk.pages import read_desk
from webui.desk.views import NumberError, Question
from webui.guard import site, site_zone
from webui.i18n import _, current
from webui.i18n.dates import clock
from webui.members.member_action import Why, refusal, refuse

T = TypeVar("T")
_NIGHT = timedelta(hours=6)


class _ConfirmationNeeded(Exception):
    """The action requires a confirmation; the text says what to confirm."""


class InputRefused(Exception):
    """The input is not valid; the text says why."""


class NoNumber(InputRefused):
    """The input is not a badge number."""


class NoText(InputRefused):
    """The input is a badge number instead of a text; it is not kept in the form."""


def run_action(
    change: Callable[[Session, Utc], T],
    show_result: Callable[[T], None],
    member: str = "",
    *,
    conflict: Why | None = None,
    number_field: str = "",
) -> ResponseReturnValue:
    """Run an action in a transaction, show its result, and return to the desk or the room's page.

    The desk shows the same member as before. `conflict` is the message for a Conflict, or a
    function that returns it. `number_field` is the id of the field for a badge's number; an error
    with the number is shown there.
    """
    web = context()
    try:
        with web.database.write() as db:
            result = change(db, web.clock())
    except NotFound:
        abort(404)
    except _ConfirmationNeeded as question:
        return _ask_to_confirm(member or open_member(), str(question))
    except NoText as problem:
        refuse(str(problem))
    except (InputRefused, ServiceError) as error:
        why = str(error) if isinstance(error, InputRefused) else _error_text(error, conflict)
        if number_field and isinstance(error, NoNumber | Conflict):
            return _render_number_error(member or open_member(), number_field, why)
        _refuse(why)
    else:
        show_result(result)
    if anywhere := request.form.get("next"):
        return redirect(safe_address(anywhere), 303)
    if room := request.form.get("room"):
        return redirect(url_for("desk.room", room=room), 303)
    return redirect(url_for("desk.show", person=member or open_member() or None), 303)


def check_capacity(db: Session, zone_id: str) -> None:
    """Raise _ConfirmationNeeded if the room would have more people than allowed."""
    room = board.overfull(db, site().id, zone_id)
    if room is None:
        return
    text = _(
        "Nothing has been recorded yet. %(zone)s: %(n)s people would be in, and the limit is "
        "%(capacity)s.",
        zone=room.name.read(current()) or room.id,
        n=room.heads,
        capacity=room.capacity,
    )
    confirm(text)


def confirm(text: str) -> None:
    """Raise _ConfirmationNeeded unless the form confirms this question."""
    if request.form.get("confirmed") != text:
        raise _ConfirmationNeeded(text)


def _ask_to_confirm(person: str, text: str) -> ResponseReturnValue:
    """Return the desk with a question; confirming sends the same form once more.

    The form does not go through the session cookie, as it may contain a badge's number.
    """
    fields = {name: value for name, value in request.form.items() if name != "csrf_token"}
    question = Question(text=text, action=request.path, fields=fields | {"confirmed": text})
    group = (request.view_args or {}).get("group", "")
    page = read_desk(person=person, group=group, question=question)
    return render_template("desk/desk.html", page=page), 422


def _refuse(text: str) -> None:
    """Show the error once, in the form's dialog if it has one, and keep the input."""
    refused_input.keep(text)
    if not _is_in_dialog():
        refuse(text)


def _is_in_dialog() -> bool:
    """Whether the desk opens the dialog of this form again."""
    form = request.form
    is_of_visitors = request.endpoint == "desk_entering.enter" and not form.get("member")
    is_in_dialog = request.endpoint == "desk_acts.add_group" or form.get("sheet") == "delivery"
    return (is_of_visitors or is_in_dialog) and not (form.get("next") or form.get("room"))


def _render_number_error(person: str, field: str, why: str) -> ResponseReturnValue:
    """Return the desk with an error at a field.

    The input does not go through the session cookie, as it may be a badge's number.
    """
    number = request.form.get("value", "").strip()[:60]
    refused_input.keep()
    page = read_desk(person=person, number_error=NumberError(field=field, typed=number, why=why))
    return render_template("desk/desk.html", page=page), 422


def open_member() -> str:
    """Id of the member who is open at the desk."""
    return request.values.get("person", "")


def text_line(field: str) -> str:
    """Return a field's text, on one line."""
    return " ".join(request.form.get(field, "").split())[:200]


def number() -> CredentialId:
    """Return the badge number in the form. Raises InputRefused."""
    try:
        return read_number(request.form.get("value", ""))
    except ValueError as problem:
        raise NoNumber(_("This is not a badge number.")) from problem


def text_without_badge(field: str) -> str:
    """Return a field's text. Raises InputRefused if it is a badge number, typed by a reader."""
    text = request.form.get(field, "").strip()
    if is_number(text):
        raise NoText(
            _(
                "This is a badge number: tap the badge again in the field at the top. To record "
                "a phone number, add a name."
            )
        )
    return text


def typed_time(field: str, now: Utc) -> Utc | None:
    """Return a time of today from a field; None if it is empty. Raises InputRefused."""
    typed = request.form.get(field, "").strip()
    if not typed:
        return None
    try:
        hours, colon, rest = typed.replace("h", ":").partition(":")
        at = time.fromisoformat(f"{hours:0>2}:{rest or '00'}" if colon else typed)
        if at.tzinfo is not None:
            raise ValueError(typed)
    except ValueError as problem:
        raise InputRefused(_("Enter the time as 14:30.")) from problem
    return Utc.of(datetime.combine(now.astimezone(site_zone()).date(), at, site_zone()))


def as_last_night(at: Utc, now: Utc) -> Utc:
    """Return the time a day earlier if `at` is in the future and that was at most six hours ago."""
    # the same local time, also across a change of clocks
    day_before = at.astimezone(site_zone()) - timedelta(days=1)
    day_earlier = Utc.of(day_before)
    return day_earlier if at > now and now - day_earlier <= _NIGHT else at


def _error_text(error: ServiceError, conflict: Why | None) -> str:
    if isinstance(error, EvacuationRunning):
        return _(
            "An evacuation or a drill is in progress: nobody can come in until it ends. Add anyone "
            "who is inside to the roll call."
        )
    if isinstance(error, VisitRecorded):
        start, end = (clock(at, site_zone()) for at in (error.since, error.until))
        return _(
            "This person is already recorded as in from %(start)s to %(end)s, and can’t count "
            "twice. If they left earlier, correct that exit first.",
            start=start,
            end=end,
        )
    if isinstance(error, MoveRecordedSince):
        return _(
            "An entry or exit of this person at that time or later is already recorded. Enter a "
            "later time."
        )
    if isinstance(error, EmptiedSince):
        return _(
            "An evacuation or a drill was in progress at that time, or everybody has left for one "
            "since. Enter a time after its end."
        )
    if callable(conflict):
        return conflict(error)
    words = {
        "zone_id": _("Choose a room."),
        "heads": _("Enter the number of people."),
        "headcount": _("Enter the number of people."),
        "ends_at": _("The end must be in the future."),
        "name": _("Enter a name."),
        "text": _("Enter the text."),
        "at": _("That time is not possible: the person had already left, or had not arrived yet."),
    }
    if isinstance(error, Invalid):
        texts = (
            words[field_error.field] for field_error in error.errors if field_error.field in words
        )
        return next(texts, None) or refusal(error)
    return refusal(error, conflict if isinstance(error, Conflict) else None)
