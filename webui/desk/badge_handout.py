"""Give and replace badges at the desk; an error appears at the field of the number."""

from collections.abc import Callable
from functools import partial

from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import Credential, NewCredential, Replacement
from controller.capabilities.desk import unknown
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.badges.contact import replaced_text
from webui.badges.stop_page import why_not_given
from webui.context import context
from webui.desk.cards import badge_of_member
from webui.desk.desk_action import number, run_action
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.members.member_action import DESK, known_here
from webui.undo import done_with_undo

pages = Pages("desk_giving", __name__)
_BADGES = Permission.CREDENTIALS_WRITE


@pages.post("/desk/give", _BADGES)
def give() -> ResponseReturnValue:
    """Give a badge to the member who is open at the desk."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> str:
        known_here(db, member)
        new = NewCredential(member_id=member, value=number())
        return credentials.create(db, new, vault=context().vault, actor=actor(), now=now).id

    show_result = confirmation(_("Badge given. It works from now on."), member)
    why = partial(why_not_given, member=member, at_desk=True)
    return run_action(change, show_result, member, conflict=why, number_field="give-badge")


@pages.post("/desk/claim", _BADGES)
def claim() -> ResponseReturnValue:
    """Give the last unknown badge that was tapped to the member who is open at the desk."""
    member, event = request.form.get("member", ""), request.form.get("event", "")

    def change(db: Session, now: Utc) -> str:
        known_here(db, member)
        return unknown.claim(db, site().id, member, event, actor=actor(), now=now).id

    expired_text = _(
        "This badge is no longer the last one tapped, or it was tapped too long ago. Tap it again."
    )
    show_result = confirmation(_("Badge given. It works from now on."), member)
    return run_action(change, show_result, member, conflict=expired_text)


def confirmation(text: str, member: str) -> Callable[[str], None]:
    """Return a function that shows the message with an *Undo* button."""

    def show_result(key: str) -> None:
        done_with_undo(text, "badges.return_badge", member=member, key=key, back=DESK)

    return show_result


@pages.post("/desk/replace", _BADGES)
def replace() -> ResponseReturnValue:
    """Replace a badge: the old one is marked as lost, the new one gets its rights."""
    member, key = request.form.get("member", ""), request.form.get("badge", "")

    def change(db: Session, now: Utc) -> tuple[Credential, Credential]:
        old, new = badge_of_member(db, member, key), Replacement(value=number())
        vault = context().vault
        return old, credentials.replace(db, key, new, vault=vault, actor=actor(), now=now)

    def show_result(result: tuple[Credential, Credential]) -> None:
        old, new_badge = result
        fields = {
            "member": member,
            "key": new_badge.id,
            "old": key,
            "was": old.status,
            "back": DESK,
        }
        done_with_undo(replaced_text(), "badges.undo_replacement", **fields)

    why = partial(why_not_given, member=member, at_desk=True)
    return run_action(change, show_result, member, conflict=why, number_field=f"lost-{key}")
