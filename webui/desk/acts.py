"""Acts at the desk: a badge is lent or given, a group comes, a delivery, a note for who follows."""

from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.desk import entries, unknown
from controller.capabilities.groups import groups
from controller.capabilities.groups.shapes import NewGroup
from controller.capabilities.tell import handover
from controller.capabilities.tell.shapes import HandoverNote, NewHandoverNote
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from controller.kernel.validate import parse
from webui.context import context
from webui.desk.acting import act, end_of_day, line, no_badge, number, opened, taken, typed_time
from webui.desk.entering import open_door
from webui.guard import actor, site
from webui.i18n import _
from webui.members.acting import DESK, known_here
from webui.room import Pages
from webui.undo import done, done_with_undo

pages = Pages("desk_acts", __name__)


@pages.post("/desk/lend", Permission.CREDENTIALS_WRITE)
def lend() -> ResponseReturnValue:
    """Lend a badge of the house until the end of the day."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> str:
        known_here(db, member)
        new = NewCredential(
            member_id=member, value=number(), lent=True, valid_until=end_of_day(now)
        )
        return credentials.create(db, new, vault=context().vault, actor=actor(), now=now).id

    def say(key: str) -> None:
        text = _("Badge prêté jusqu’à ce soir.")
        done_with_undo(text, "badges.give_back", member=member, key=key, back=DESK)

    return act(change, say, member, conflict=taken())


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
    return act(change, say, member, conflict=gone)


@pages.post("/desk/groups", Permission.CREDENTIALS_WRITE)
def add_group() -> ResponseReturnValue:
    """A group comes, with how many heads, where, until when, and a badge for all or none."""

    def change(db: Session, now: Utc) -> str:
        value = number() if request.form.get("value", "").strip() else None
        ends = typed_time("until", now) or end_of_day(now)
        data = {
            "name": line("name"),
            "headcount": request.form.get("heads", ""),
            "ends_at": ends.text(),
            "site_id": site().id,
        }
        new = parse(data | ({"value": value} if value else {}), NewGroup, strict=False)
        key = groups.create(db, new, vault=context().vault, actor=actor(), now=now).id
        if zone := request.form.get("zone"):
            entries.bring_in(db, key, zone, actor=actor(), now=now)
        return key

    def say(key: str) -> None:
        done_with_undo(_("Groupe noté."), "desk_acts.end_group", group=key)

    return act(change, say, conflict=taken())


@pages.post("/desk/groups/<group>/end", Permission.CREDENTIALS_WRITE)
def end_group(group: str) -> ResponseReturnValue:
    """The group goes: its badge is back, its heads are out."""

    def change(db: Session, now: Utc) -> None:
        if groups.get(db, group, actor=actor()).site_id != site().id:
            raise NotFound("group", group)
        groups.end(db, group, actor=actor(), now=now)

    return act(change, lambda _none: done(_("Groupe parti, son badge est rendu.")))


@pages.post("/desk/notes", Permission.DESK)
def write_note() -> ResponseReturnValue:
    """Leave a note for the next shift, or say that a delivery is expected at a time."""

    def change(db: Session, now: Utc) -> HandoverNote:
        text = no_badge("text")
        at = typed_time("expected", now)
        data = {"text": text, "site_id": site().id}
        new = parse(data | ({"expected_at": at.text()} if at else {}), NewHandoverNote)
        return handover.create(db, new, actor=actor(), now=now)

    def say(made: HandoverNote) -> None:
        text = _("Livraison attendue.") if made.expected_at else _("Noté pour la relève.")
        done_with_undo(text, "desk_acts.note_done", note=made.id, person=opened())
        open_door(request.form.get("door", ""))

    return act(change, say)


@pages.post("/desk/notes/<note>/done", Permission.DESK)
def note_done(note: str) -> ResponseReturnValue:
    """It is done; or was not, by the bar that takes it back."""
    is_back = request.form.get("done") == "no"

    def change(db: Session, now: Utc) -> HandoverNote:
        if handover.get(db, note, actor=actor()).site_id != site().id:
            raise NotFound("note", note)
        deed = handover.undone if is_back else handover.done
        return deed(db, note, actor=actor(), now=now)

    def say(its: HandoverNote) -> None:
        if is_back:
            done(_("Elle attend de nouveau."))
            return
        text = _("Livraison reçue.") if its.expected_at else _("Note faite.")
        done_with_undo(text, "desk_acts.note_done", note=note, done="no", person=opened())

    return act(change, say)
