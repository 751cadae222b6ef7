"""Actions on a machine or a door from Live: each is a form that acts at once; most can be
undone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.machines import access_points, device_commands
from controller.capabilities.machines.changes import StillDangerous
from controller.capabilities.machines.shapes import AccessPoint
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, ServiceError
from webui.addresses import safe_address
from webui.bookings.bookers import machine_notice
from webui.feature import Pages
from webui.guard import actor, site_zone
from webui.i18n import _
from webui.i18n.dates import format_until
from webui.list_filter import from_text
from webui.members.member_action import DESK
from webui.naming import read_label
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

LONGEST_REASON = 200
"""In characters."""
MAX_MINUTES = 24 * 60
"""Longest time for which a door is kept open."""
_FARTHEST = timedelta(hours=18)
"""A time of day that is farther ahead is taken for one that has just passed."""

MACHINE, MINE = "machine", "mine"
"""Pages from which a form may come, and to which its action returns: the machine's, one's own."""

pages = Pages("actions", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPress:
    """A button that somebody pressed, with its form's values."""

    db: Session
    point: AccessPoint
    reason: str
    until: Utc | None
    actor: Actor
    now: Utc

    @property
    def actor_now(self) -> dict[str, Any]:
        """The arguments `actor` and `now` for services."""
        return {"actor": self.actor, "now": self.now}


@dataclass(frozen=True, slots=True)
class PointAction:
    """What a button does, its confirmation, and the action that undoes it."""

    do: Callable[[ButtonPress], object]
    confirmation: str
    undo: str | None = None


@pages.post("/points/<point>/<action>", Permission.COMMAND)
def do(point: str, action: str) -> ResponseReturnValue:
    """Run an action, confirm it, and return to the page from which it came."""
    actions = {
        "open": PointAction(_open, _("%(name)s: opened once.")),
        "hold": PointAction(_hold, _("%(name)s: kept open until %(until)s."), "hours"),
        "hours": PointAction(_follow_hours, _("%(name)s: back to its hours."), "lock-down"),
        "lock-down": PointAction(_lock_down, _("%(name)s: locked down."), "hours"),
        "finish": PointAction(_finish, _("%(name)s: will stop as soon as its job has ended.")),
        "cut": PointAction(_cut_power, _("%(name)s: power cut.")),
        "reset": PointAction(_reset, _("%(name)s: reset requested.")),
        "identify": PointAction(_identify, _("%(name)s: its box blinks for ten seconds.")),
        "out": PointAction(_take_out_of_service, _("%(name)s: out of service."), "back"),
        "back": PointAction(_put_back, _("%(name)s: back in service."), "out"),
    }
    if action not in actions:
        abort(404)
    with write_action((Conflict, Invalid), _refusal, back(point)) as (db, now):
        press = _read_press(db, point, now)
        actions[action].do(press)
        notified_text = _notified_text(press) if action == "out" else ""
    _confirm(actions[action], press, notified_text)
    return back(point)


def back(point: str | None = None) -> ResponseReturnValue:
    """Redirect to the page from which the form came: any page with the search, Live, the machine's
    page, one's own, or the desk."""
    if anywhere := request.values.get("next"):
        return redirect(safe_address(anywhere), 303)
    came_from = request.values.get("back")
    if came_from == DESK:
        return redirect(url_for("desk.show", person=request.values.get("person") or None), 303)
    if came_from == MACHINE and point is not None:
        return redirect(url_for("machine.show", point=point), 303)
    if came_from == MINE:
        return redirect(url_for("self_service.show"), 303)
    return redirect(live_address(f"tile-{point}" if point else None), 303)


def live_address(anchor: str | None) -> str:
    """Return Live's address with the current filter, at the place of the button.

    A page with scripts stays in place by itself and sends `here`.
    """
    narrowed: dict[str, Any] = from_text(request.form.get("narrowed", "")).address
    return url_for("live.show", _anchor=None if "here" in request.form else anchor, **narrowed)


def _read_press(db: Session, point: str, now: Utc) -> ButtonPress:
    """Return the form's values. Raises NotFound, Invalid."""
    point_row = access_points.get(db, point, actor=actor())
    reason = request.form.get("reason", "").strip()[:LONGEST_REASON]
    until = parse_until(request.form.get("until", ""), now, site_zone())
    return ButtonPress(db=db, point=point_row, reason=reason, until=until, actor=actor(), now=now)


class JustPassed(Invalid):
    """A time of day was entered that has just passed."""


def parse_until(text: str, now: Utc, zone: ZoneInfo) -> Utc | None:
    """Parse `+MINUTES` or the next local `HH:MM`; None: the text is empty.

    Raises Invalid, JustPassed.
    """
    if not text:
        return None
    try:
        if text.startswith("+"):
            minutes = int(text[1:])
            if not 1 <= minutes <= MAX_MINUTES:
                raise ValueError(minutes)
            return Utc.of(now + timedelta(minutes=minutes))
        at = time.fromisoformat(text)
        if at.tzinfo is not None:
            raise ValueError(text)
    except ValueError as problem:
        raise Invalid.of("until", "a time of day, as 18:30") from problem
    today = now.astimezone(zone).date()
    days = (today, today + timedelta(days=1))
    until = next(
        moment for day in days if (moment := Utc.of(datetime.combine(day, at, zone))) > now
    )
    if until - now > _FARTHEST:
        raise JustPassed.of("until", "a time that is still to come")
    return until


def _notified_text(press: ButtonPress) -> str:
    """Return how many members are notified that it is out of service, and how many must be
    called."""
    point = access_points.get(press.db, press.point.id, actor=press.actor)
    notice = machine_notice(press.db, point, press.now, site_zone())
    return _("Bookings: %(who)s.", who=notice.summary) if notice else ""


def _confirm(action: PointAction, press: ButtonPress, notified_text: str) -> None:
    until = format_until(press.until, press.now, site_zone()) if press.until else ""
    text = action.confirmation % {"name": read_label(press.point.name), "until": until}
    text = f"{text} {notified_text}".strip()
    old_reason = press.point.service_reason
    needs_reason = action.undo in ("out", "lock-down")
    values = request.values
    fields = {
        name: values[name] for name in ("back", "person", "narrowed", "next") if values.get(name)
    }
    if action.undo is None or (needs_reason and not old_reason):
        flash_done(text)
        return
    if needs_reason:
        fields["reason"] = old_reason or ""
    done_with_undo(text, "actions.do", point=press.point.id, action=action.undo, **fields)


def _refusal(error: ServiceError) -> str:
    fields = (
        {field_error.field for field_error in error.errors}
        if isinstance(error, Invalid)
        else set[str]()
    )
    if "reason" in fields:
        return _("Nothing was done: give a reason, it is shown on the spot.")
    if isinstance(error, JustPassed):
        return _("Nothing was done: this time has just passed.")
    if "until" in fields:
        return _("Nothing was done: enter a time within 24 hours, such as 18:30.")
    if isinstance(error, Invalid):
        return _("Nothing was done: it does not apply to this equipment.")
    if isinstance(error, device_commands.LockedDown):
        return _("Nothing was done: the door is locked down, %(reason)s.", reason=error.reason)
    if isinstance(error, StillDangerous):
        return _("Nothing was done: it is reported as dangerous. Resolve the report first.")
    return _("Nothing was done: its box does not respond, or its state has just changed.")


def _open(press: ButtonPress) -> None:
    device_commands.open_once(press.db, press.point.id, **press.actor_now)


def _hold(press: ButtonPress) -> None:
    if press.until is None:
        raise Invalid.of("until", "required")
    device_commands.keep_open(press.db, press.point.id, press.until, **press.actor_now)


def _follow_hours(press: ButtonPress) -> None:
    device_commands.follow_hours(press.db, press.point.id, **press.actor_now)


def _lock_down(press: ButtonPress) -> None:
    device_commands.lock_down(press.db, press.point.id, press.reason, **press.actor_now)


def _finish(press: ButtonPress) -> None:
    device_commands.end_session(press.db, press.point.id, **press.actor_now)


def _cut_power(press: ButtonPress) -> None:
    device_commands.cut_power(press.db, press.point.id, **press.actor_now)


def _reset(press: ButtonPress) -> None:
    device_commands.reset_fault(press.db, press.point.id, **press.actor_now)


def _identify(press: ButtonPress) -> None:
    if press.point.agent_id is None:
        raise Conflict("it has no agent yet")
    device_commands.identify(press.db, press.point.agent_id, **press.actor_now)


def _take_out_of_service(press: ButtonPress) -> None:
    _set_service(press, in_service=False)


def _put_back(press: ButtonPress) -> None:
    _set_service(press, in_service=True)


def _set_service(press: ButtonPress, *, in_service: bool) -> None:
    access_points.set_service(
        press.db,
        press.point.id,
        in_service=in_service,
        reason=press.reason or None,
        **press.actor_now,
    )
