"""A lost badge is replaced at the desk; a wrong number is shown where it was typed."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import Credential, Replacement
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, NotFound, ServiceError
from webui.context import context
from webui.desk.acting import Refused, number, taken
from webui.desk.cards import theirs
from webui.desk.pages import read_desk
from webui.desk.views import Lost
from webui.guard import actor
from webui.i18n import _
from webui.members.acting import DESK, refusal
from webui.room import Pages
from webui.undo import done_with_undo

pages = Pages("desk_replacing", __name__)


@pages.post("/desk/replace", Permission.CREDENTIALS_WRITE)
def replace() -> ResponseReturnValue:
    """The old badge is lost and opens nothing; the new one has its rights."""
    member, key = request.form.get("member", ""), request.form.get("badge", "")
    try:
        old, made = _replace(member, key)
    except NotFound:
        abort(404)
    except Refused as problem:
        return _again(member, key, str(problem))
    except ServiceError as error:
        return _again(member, key, taken() if isinstance(error, Conflict) else refusal(error))
    text = _("Badge remplacé : l’ancien n’ouvre plus rien, le nouveau marche.")
    fields = {"member": member, "key": made.id, "old": key, "was": old.status, "back": DESK}
    done_with_undo(text, "badges.put_back", **fields)
    return redirect(url_for("desk.show", person=member), 303)


def _replace(member: str, key: str) -> tuple[Credential, Credential]:
    """The old one as it was, and the new one. Raises Refused, NotFound, Conflict, Forbidden."""
    given = context()
    with given.database.write() as db:
        old = theirs(db, member, key)
        new = Replacement(value=number())
        made = credentials.replace(
            db, key, new, vault=given.vault, actor=actor(), now=given.clock()
        )
    return old, made


def _again(member: str, key: str, why: str) -> ResponseReturnValue:
    """Not by way of the cookie: it may be the number of a badge."""
    typed = request.form.get("value", "").strip()[:60]
    page = read_desk(person=member, lost=Lost(badge=key, typed=typed, why=why))
    return render_template("desk/desk.html", page=page), 422
