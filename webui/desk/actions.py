"""Actions at the desk: groups that come and go, deliveries, notes for the next shift."""

from base64 import b64decode, b64encode
from datetime import timedelta

from flask import abort, request
from flask.typing import ResponseReturnValue

from controller.capabilities.desk import board, entries
from controller.capabilities.desk.entries import EntryResult
from controller.capabilities.groups import groups
from controller.capabilities.groups.shapes import Group, NewGroup
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import Present
from controller.capabilities.user_reports import handover
from controller.capabilities.user_reports.shapes import HandoverNote, NewHandoverNote
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from controller.kernel.validate import parse
from webui.badges.stop_page import badge_in_use_text
from webui.context import context
from webui.desk.badge_loans import end_of_day
from webui.desk.desk_action import (
    InputRefused,
    check_capacity,
    number,
    open_member,
    run_action,
    text_line,
    text_without_badge,
    typed_time,
)
from webui.desk.entries import already_in_text, open_door
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.undo import done_with_undo, flash_done

pages = Pages("desk_acts", __name__)


@pages.post("/desk/groups", Permission.CREDENTIALS_WRITE)
def add_group() -> ResponseReturnValue:
    """Record a group: headcount, room, end, and a badge for all of them or none."""

    def change(db: Session, now: Utc) -> str:
        value = number() if request.form.get("value", "").strip() else None
        ends = _end_of_visit(db, now)
        data = {
            "name": text_line("name"),
            "supervisors": text_line("supervisors") or None,
            "headcount": request.form.get("heads", ""),
            "ends_at": ends.text(),
            "site_id": site().id,
        }
        new = parse(data | ({"value": value} if value else {}), NewGroup, strict=False)
        key = groups.create(db, new, vault=context().vault, actor=actor(), now=now).id
        if zone := request.form.get("zone"):
            _bring_in(db, key, zone, now)
        return key

    def show_result(key: str) -> None:
        done_with_undo(_("Group recorded."), "desk_acts.end_group", group=key)

    return run_action(change, show_result, conflict=badge_in_use_text(), number_field="group-badge")


@pages.post("/desk/groups/<group>/enter", Permission.CREDENTIALS_WRITE)
def bring_in(group: str) -> ResponseReturnValue:
    """Record that the group whose badge was tapped is in, with its whole headcount."""

    def change(db: Session, now: Utc) -> EntryResult:
        stored_group = _group_here(db, group)
        if stored_group.ended_at is not None or stored_group.ends_at <= now:
            raise InputRefused(_("This group’s visit is over: record a new group."))
        return _bring_in(db, group, request.form.get("zone", ""), now)

    def show_result(entry: EntryResult) -> None:
        if not entry.is_new:
            flash_done(already_in_text(entry.present))
            return
        fields = {"presence": entry.present.id, "since": entry.present.since.text()}
        fields["zone_before"] = entry.zone_before
        text = _("%(name)s: entry recorded.", name=entry.present.name)
        done_with_undo(text, "desk_entering.take_back", **fields)

    return run_action(change, show_result)


def _end_of_visit(db: Session, now: Utc) -> Utc:
    """Return the typed time, after midnight if the place is still open then; else the day's end.

    Raises InputRefused.
    """
    last, typed = end_of_day(db, now), typed_time("until", now)
    if typed is None:
        return last
    next_day = Utc.of(typed.astimezone(site_zone()) + timedelta(days=1))
    return next_day if typed <= now and next_day <= last else typed


def _bring_in(db: Session, group: str, zone: str, now: Utc) -> EntryResult:
    entry = entries.check_in_group(db, group, zone, actor=actor(), now=now)
    if entry.is_new:
        check_capacity(db, zone)
    return entry


@pages.post("/desk/groups/<group>/end", Permission.CREDENTIALS_WRITE)
def end_group(group: str) -> ResponseReturnValue:
    """Record that the group has left: its badge is returned, its people are out."""

    def change(db: Session, now: Utc) -> tuple[Present | None, tuple[bytes, ...]]:
        _group_here(db, group)
        present, vault = board.of_group(db, group, actor=actor()), context().vault
        return present, groups.end_with_receipts(db, group, vault=vault, actor=actor(), now=now)

    def show_result(result: tuple[Present | None, tuple[bytes, ...]]) -> None:
        present, receipts = result
        fields = {"badges": ",".join(b64encode(part).decode("ascii") for part in receipts)}
        if present is not None:
            since = present.since.text()
            fields |= {"presence": present.id, "zone": present.zone_id, "since": since}
        text = _("Group left, its badge is returned.")
        done_with_undo(text, "desk_acts.not_ended", group=group, **fields)

    return run_action(change, show_result)


@pages.post("/desk/groups/<group>/again", Permission.CREDENTIALS_WRITE)
def not_ended(group: str) -> ResponseReturnValue:
    """Undo the end of a group: it has its badge again, and is in where it was."""
    form = request.form
    try:
        parts = [b64decode(part, validate=True) for part in form.get("badges", "").split(",")]
        since = Utc.parse(form["since"]) if form.get("since") else None
    except ValueError:
        abort(400)

    def change(db: Session, now: Utc) -> None:
        _group_here(db, group)
        vault, receipts = context().vault, [part for part in parts if part]
        groups.undo_end(db, group, receipts, vault=vault, actor=actor(), now=now)
        if since is not None:
            key, zone = form.get("presence", ""), form.get("zone", "")
            presence.undo_check_out(db, key, zone, since, actor=actor(), now=now)

    late = _("Too late, or somebody else ended it or has its badge: record a new group.")
    return run_action(
        change, lambda _none: flash_done(_("The group is recorded as here again.")), conflict=late
    )


def _group_here(db: Session, group: str) -> Group:
    """Return a group of this site. Raises NotFound."""
    stored_group = groups.get(db, group, actor=actor())
    if stored_group.site_id != site().id:
        raise NotFound("group", group)
    return stored_group


@pages.post("/desk/notes", Permission.DESK)
def write_note() -> ResponseReturnValue:
    """Leave a note for the next shift, or say that a delivery is expected at a time."""

    def change(db: Session, now: Utc) -> HandoverNote:
        text = text_without_badge("text")
        at = typed_time("expected", now)
        data = {"text": text, "site_id": site().id}
        new = parse(data | ({"expected_at": at.text()} if at else {}), NewHandoverNote)
        return handover.create(db, new, actor=actor(), now=now)

    def show_result(saved: HandoverNote) -> None:
        text = _("Delivery expected.") if saved.expected_at else _("Saved for the next shift.")
        done_with_undo(text, "desk_acts.note_done", note=saved.id, person=open_member())
        open_door(request.form.get("door", ""))

    return run_action(change, show_result)


@pages.post("/desk/notes/<note>/done", Permission.DESK)
def note_done(note: str) -> ResponseReturnValue:
    """Mark a note as done, or undo that."""
    is_undo = request.form.get("done") == "no"

    def change(db: Session, now: Utc) -> HandoverNote:
        if handover.get(db, note, actor=actor()).site_id != site().id:
            raise NotFound("note", note)
        mark = handover.mark_undone if is_undo else handover.mark_done
        return mark(db, note, actor=actor(), now=now)

    def show_result(marked: HandoverNote) -> None:
        if is_undo:
            flash_done(_("Marked as not done."))
            return
        text = _("Delivery received.") if marked.expected_at else _("Marked as done.")
        done_with_undo(text, "desk_acts.note_done", note=note, done="no", person=open_member())

    return run_action(change, show_result)
