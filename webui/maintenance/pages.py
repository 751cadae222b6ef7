"""Forms for maintenance on a machine's page: add a task, log it as done, end it."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.maintenance import DoneSince
from controller.capabilities.maintenance.shapes import (
    Maintenance,
    MaintenanceDone,
    NewDone,
    NewMaintenance,
)
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.names import short_login
from controller.kernel.validate import parse
from webui.addresses import BOARD, return_address
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.i18n.dates import format_relative
from webui.undo import done_with_undo, flash_done

MAX_REMARK_CHARACTERS = 400
"""Longest remark that is kept."""

pages = Pages("maintenance", __name__)


@pages.post("/machines/<point>/maintenance", Permission.RULES_WRITE)
def ask(point: str) -> ResponseReturnValue:
    """Add a task that falls due after a number of hours of work or of days."""
    form, text = request.form, request.form.get
    data: dict[str, Any] = {
        "access_point": point,
        "name": {site().language.value: text("name", "").strip()},
        "counts": text("counts", "active"),
    }
    for field in ("every_h", "every_days"):
        if form.get(field, "").strip():
            number = form[field].strip()
            data[field] = int(number) if number.isdecimal() else number
    web = context()
    try:
        new = parse(data, NewMaintenance)
        with web.database.write() as db:
            maintenance.create(db, new, actor=actor(), now=web.clock())
    except Invalid as error:
        if any(field_error.field == "access_point" for field_error in error.errors):
            abort(404)
        flash(_("Enter what to do, and after how many hours or days."), "wrong")
        typed: dict[str, Any] = {
            key: form.get(key, "") for key in ("name", "every_h", "every_days")
        }
        return redirect(url_for("machine.show", point=point, _anchor="care", **typed), 303)
    flash_done(_("Maintenance added."))
    return redirect(url_for("machine.show", point=point, _anchor="care"), 303)


@pages.post("/maintenance/<key>/done", Permission.COMMAND)
def is_done(key: str) -> ResponseReturnValue:
    """Log the task as done now."""
    remark = request.form.get("remark", "").strip()[:MAX_REMARK_CHARACTERS] or None
    counted_since, log_ids = _counted_since(), list[str]()

    def note(db: Session, now: Utc) -> None:
        new = NewDone(remark=remark)
        log_ids.append(
            maintenance.log_maintenance(db, key, new, actor=actor(), now=now, seen=counted_since).id
        )

    answer = _run_action(key, note, "")
    if log_ids:
        text = _("Recorded: the count restarts now.")
        fields = {"back": BOARD} if request.form.get("back") == BOARD else {}
        done_with_undo(text, "maintenance.take_back", key=key, noted=log_ids[0], **fields)
    return answer


def _counted_since() -> Utc | None:
    """Return the start of the task's counter as the sent page showed it; None if unknown."""
    try:
        return Utc.parse(request.args.get("seen", ""))
    except ValueError:
        return None


@pages.post("/maintenance/<key>/taken-back", Permission.COMMAND)
def take_back(key: str) -> ResponseReturnValue:
    """Undo the log entry: the task was not done."""
    noted = request.form.get("noted", "")
    return _run_action(
        key,
        lambda db, now: maintenance.take_back(db, noted, actor=actor(), now=now),
        _("Undone: the count is as before."),
    )


@pages.post("/maintenance/<key>/end", Permission.RULES_WRITE)
def end(key: str) -> ResponseReturnValue:
    """End the task: it is no longer required."""
    return _run_action(
        key,
        lambda db, now: maintenance.end(db, key, actor=actor(), now=now),
        _("This maintenance is no longer required. Its history is kept."),
    )


def _run_action(
    key: str, service: Callable[[Session, Utc], object], message: str
) -> ResponseReturnValue:
    web = context()
    now = web.clock()
    try:
        with web.database.write() as db:
            task: Maintenance = maintenance.get(db, key, actor=actor(), now=now)
            service(db, now)
    except DoneSince as already:
        flash(_already_logged_text(already.done, now), "wrong")
    except Conflict:
        flash(
            _("This maintenance is no longer required, or it is too late. Reload the page."),
            "wrong",
        )
    else:
        if message:
            flash_done(message)
    care = url_for("machine.show", point=task.access_point, _anchor="care")
    return redirect(return_address(care), 303)


def _already_logged_text(entry: MaintenanceDone, now: Utc) -> str:
    """Return the message that somebody else has just logged the task."""
    when = format_relative(entry.at, now, site_zone())
    who = short_login(entry.by)
    return _(
        "Already recorded by %(name)s, %(when)s: it is not recorded twice.", name=who, when=when
    )
