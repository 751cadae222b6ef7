"""Acts at the desk: somebody comes or goes, a badge is lent, a group, a note for the next shift."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.desk import unknown
from controller.capabilities.groups import groups
from controller.capabilities.groups.shapes import NewGroup
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import Left, NewPresence, Present
from controller.capabilities.tell import handover
from controller.capabilities.tell.shapes import NewHandoverNote
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, NotFound, ServiceError
from controller.kernel.validate import parse
from webui.badges.numbers import read_number
from webui.context import context
from webui.guard import actor, site
from webui.i18n import _
from webui.i18n.dates import clock
from webui.members.acting import DESK, known_here, refusal, refuse
from webui.room import Pages
from webui.undo import done, done_with_undo

T = TypeVar("T")
pages = Pages("desk_acts", __name__)


class _Refused(Exception):
    """What was typed can't be taken, and why in words."""


@pages.post("/desk/enter", Permission.MEMBERS_WRITE)
def enter() -> ResponseReturnValue:
    """A member, or visitors by name, are in; now, or since an earlier time of today."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> Present:
        if member:
            known_here(db, member)
        data: dict[str, Any] = {"zone_id": request.form.get("zone", "")}
        data |= {"member_id": member} if member else {"name": _line("name") or _("Visiteur")}
        data["heads"] = request.form.get("heads", "1")
        new = parse(data | {"at": _at(now).text()}, NewPresence, strict=False)
        return presence.check_in(db, new, actor=actor(), now=now)

    def say(made: Present) -> None:
        text = _("Entrée notée à %(time)s.", time=clock(made.since, _zone()))
        done_with_undo(text, "desk_acts.leave", presence=made.id, member=member)

    return _do(change, say, member)


@pages.post("/desk/leave", Permission.MEMBERS_WRITE)
def leave() -> ResponseReturnValue:
    """Somebody has gone; now, or at an earlier time of today."""
    key, member = request.form.get("presence", ""), request.form.get("member", "")

    def change(db: Session, now: Utc) -> Present:
        found = _present(db, key)
        at = Left(at=_at(now)).at
        presence.check_out(db, key, actor=actor(), now=now, at=at)
        return found

    def say(gone: Present) -> None:
        fields = {"zone": gone.zone_id, "heads": str(gone.heads), "member": gone.member_id or ""}
        if gone.member_id is None:
            fields["name"] = gone.name
        text = _("%(name)s : sortie notée.", name=gone.name)
        done_with_undo(text, "desk_acts.enter", **fields)

    return _do(change, say, member)


@pages.post("/desk/lend", Permission.CREDENTIALS_WRITE)
def lend() -> ResponseReturnValue:
    """Lend a badge of the house until the end of the day."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> str:
        known_here(db, member)
        new = NewCredential(
            member_id=member, value=_number(), lent=True, valid_until=_end_of_day(now)
        )
        return credentials.create(db, new, vault=context().vault, actor=actor(), now=now).id

    def say(key: str) -> None:
        text = _("Badge prêté jusqu’à ce soir.")
        done_with_undo(text, "badges.give_back", member=member, key=key, back=DESK)

    return _do(change, say, member, conflict=_taken())


@pages.post("/desk/claim", Permission.CREDENTIALS_WRITE)
def claim() -> ResponseReturnValue:
    """Give the last unknown badge to the person who stands there."""
    member, event = request.form.get("member", ""), request.form.get("event", "")

    def change(db: Session, now: Utc) -> str:
        known_here(db, member)
        return unknown.claim(db, site().id, member, event, actor=actor(), now=now).id

    def say(key: str) -> None:
        text = _("Badge donné. Il marche dès maintenant.")
        done_with_undo(text, "badges.give_back", member=member, key=key, back=DESK)

    gone = _("Ce badge n’est plus le dernier passé, ou il y a trop longtemps. Repassez-le.")
    return _do(change, say, member, conflict=gone)


@pages.post("/desk/groups", Permission.CREDENTIALS_WRITE)
def add_group() -> ResponseReturnValue:
    """A group comes, with how many heads, until when, and a badge for all or none."""

    def change(db: Session, now: Utc) -> str:
        value = _number() if request.form.get("value", "").strip() else None
        ends = _clock(request.form.get("until", ""), now) or _end_of_day(now)
        data = {
            "name": _line("name"),
            "headcount": request.form.get("heads", ""),
            "ends_at": ends.text(),
            "site_id": site().id,
        }
        new = parse(data | ({"value": value} if value else {}), NewGroup, strict=False)
        return groups.create(db, new, vault=context().vault, actor=actor(), now=now).id

    def say(key: str) -> None:
        done_with_undo(_("Groupe noté."), "desk_acts.end_group", group=key)

    return _do(change, say, conflict=_taken())


@pages.post("/desk/groups/<group>/end", Permission.CREDENTIALS_WRITE)
def end_group(group: str) -> ResponseReturnValue:
    """The group goes: its badge is back, its heads are out."""

    def change(db: Session, now: Utc) -> None:
        if groups.get(db, group, actor=actor()).site_id != site().id:
            raise NotFound("group", group)
        groups.end(db, group, actor=actor(), now=now)

    return _do(change, lambda _none: done(_("Groupe parti, son badge est rendu.")))


@pages.post("/desk/notes", Permission.DESK)
def write_note() -> ResponseReturnValue:
    """Leave a note for the next shift."""

    def change(db: Session, now: Utc) -> str:
        data = {"text": request.form.get("text", "").strip(), "site_id": site().id}
        return handover.create(db, parse(data, NewHandoverNote), actor=actor(), now=now).id

    def say(key: str) -> None:
        done_with_undo(_("Noté pour la relève."), "desk_acts.note_done", note=key)

    return _do(change, say)


@pages.post("/desk/notes/<note>/done", Permission.DESK)
def note_done(note: str) -> ResponseReturnValue:
    """It is done."""

    def change(db: Session, now: Utc) -> None:
        if handover.get(db, note, actor=actor()).site_id != site().id:
            raise NotFound("note", note)
        handover.done(db, note, actor=actor(), now=now)

    return _do(change, lambda _none: done(_("Note faite.")))


def _do(
    change: Callable[[Session, Utc], T],
    say: Callable[[T], None],
    member: str = "",
    *,
    conflict: str | None = None,
) -> ResponseReturnValue:
    """Run it in a transaction, say how it went, and show the desk with that person open."""
    given = context()
    try:
        with given.database.write() as db:
            result = change(db, given.clock())
    except NotFound:
        abort(404)
    except _Refused as problem:
        refuse(str(problem))
    except ServiceError as error:
        refuse(_why(error, conflict))
    else:
        say(result)
    return redirect(url_for("desk.show", person=member or None), 303)


def _why(error: ServiceError, conflict: str | None) -> str:
    words = {
        "zone_id": _("Choisissez un espace."),
        "heads": _("Écrivez combien de personnes."),
        "headcount": _("Écrivez combien de personnes."),
        "ends_at": _("La fin doit venir après maintenant."),
        "name": _("Écrivez un nom."),
        "text": _("Écrivez la note."),
        "at": _("Cette heure ne va pas : déjà sortie depuis, ou pas encore arrivée."),
    }
    if isinstance(error, Invalid):
        found = (words[each.field] for each in error.errors if each.field in words)
        return next(found, None) or refusal(error)
    return refusal(error, conflict if isinstance(error, Conflict) else None)


def _present(db: Session, key: str) -> Present:
    """Somebody who is in here. Raises NotFound."""
    found = presence.get(db, key, actor=actor())
    if found.site_id != site().id:
        raise NotFound("presence", key)
    return found


def _line(field: str) -> str:
    return " ".join(request.form.get(field, "").split())[:200]


def _number() -> str:
    try:
        return read_number(request.form.get("value", ""))
    except ValueError as problem:
        raise _Refused(_("Ce n’est pas un numéro de badge.")) from problem


def _at(now: Utc) -> Utc:
    """The earlier time of today that was typed, or now. Raises _Refused."""
    return _clock(request.form.get("at", ""), now) or now


def _clock(typed: str, now: Utc) -> Utc | None:
    """A time of today as it was typed; None when none was."""
    if not typed.strip():
        return None
    try:
        clock_time = time.fromisoformat(typed.strip().replace("h", ":"))
    except ValueError as problem:
        raise _Refused(_("Écrivez l’heure comme 14:30.")) from problem
    return Utc.of(datetime.combine(now.astimezone(_zone()).date(), clock_time, _zone()))


def _end_of_day(now: Utc) -> Utc:
    tomorrow = now.astimezone(_zone()).date() + timedelta(days=1)
    return Utc.of(datetime.combine(tomorrow, time(0), _zone()))


def _zone() -> ZoneInfo:
    return ZoneInfo(site().time_zone)


def _taken() -> str:
    return _("Ce badge est déjà à quelqu’un. Prenez-en un autre, ou rendez-le d’abord.")
