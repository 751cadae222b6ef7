"""What all actions on a member share: the check that the site knows the member, one transaction,
and refusals as text."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.badges.changes import (
    BadgeNeedsManager,
    BadgeStaysSuspended,
    HolderHasLeft,
    SecondBadge,
)
from controller.capabilities.members import members
from controller.capabilities.members.changes import AlreadyLeft, NeedsAdmin
from controller.capabilities.members.shapes import Member
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.errors import (
    AccessDenied,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ServiceError,
    Stale,
)
from webui import refused_input, write_actions
from webui.addresses import CATCH_UP, RETURN_FIELDS, return_address
from webui.guard import actor, site
from webui.i18n import _
from webui.naming import read_text
from webui.undo import refuse as refuse
from webui.write_actions import EarlyAnswer

T = TypeVar("T")
Why = str | Callable[[ServiceError], str]
"""The message for a refused action, or a function that returns it for an error."""
LONGEST_REASON = 300
"""Longest reason, in characters; the rest is cut off."""
DESK = "desk"
LIST = "members"
"""Values of a form's field `back`: return to the desk's page, or to the list of members."""


def known_here(db: Session, member: str) -> Member:
    """Return the member if this page's site knows them. Raises NotFound.

    Somebody's own record is no exception: at other sites it is not found either.
    """
    person = members.get(db, member, actor=actor())
    if site().id not in (person.site_id, *person.also_at):
        raise NotFound("member", member)
    return person


def away_from_home(person: Member) -> ResponseReturnValue | None:
    """Return the answer that only the person's home site can do this; None at that site."""
    if person.site_id == site().id:
        return None
    refuse(_("This person comes from another site: only that site can change their record."))
    return back(person.id)


def run_action(
    member: str,
    service: Callable[[Session, Utc], T],
    done: Callable[[T], None],
    *,
    conflict: Why | None = None,
    in_field: Callable[[str], ResponseReturnValue] | None = None,
) -> ResponseReturnValue:
    """Run a service in a transaction, show how it went, and go back to the page of the form.

    `conflict` is the message for a Conflict, or a function that returns it. After a Conflict,
    `in_field` returns the form again, with the message beside its field.
    """

    def why_not(error: ServiceError) -> ResponseReturnValue:
        why = conflict(error) if callable(conflict) else refusal(error, conflict)
        if in_field and isinstance(error, Conflict):
            raise EarlyAnswer(in_field(why))
        refused_input.keep()
        return why

    with write_actions.write_action(ServiceError, why_not, back(member)) as (db, now):
        known_here(db, member)
        result = service(db, now)
    done(result)
    return back(member)


def back(member: str) -> ResponseReturnValue:
    """Redirect to the page of the form: the member's page, the desk, or the list of members."""
    if at_desk():
        return redirect(url_for("desk.show", person=request.form.get("person") or member), 303)
    if request.form.get("back") == LIST:
        return redirect(url_for("members.search"), 303)
    return redirect(return_address(url_for("member.show", member=member)), 303)


def at_desk() -> bool:
    """Whether the form is on the desk's page."""
    return request.form.get("back") == DESK


def origin() -> Mapping[str, str]:
    """Return the form fields that an undo must send to come back to the same page."""
    form = request.form
    page = form.get("back")
    if page == CATCH_UP:
        return {name: form[name] for name in RETURN_FIELDS if name in form}
    return {"back": page} if page in (DESK, LIST) else {}


def reason(field: str = "reason") -> str | None:
    """Return the reason that was typed, or else the one that was chosen by a button.

    None: no reason.
    """
    typed = request.form.get(field, "").strip()[:LONGEST_REASON]
    return typed or request.form.get("chosen_reason", "").strip()[:LONGEST_REASON] or None


def badge_needs_manager() -> str:
    """Return the message that only a manager may change this person's badges."""
    return _(
        "This person is a trainer, supervisor or maintainer: only a manager of the place can "
        "give, replace or restore their badges and change their address. You may block a lost "
        "badge."
    )


def holder_has_left() -> str:
    """Return the message that a person who has left can't get a badge."""
    return _("This person has left: they can’t get a badge, and none of theirs can be restored.")


def has_left() -> str:
    """Return the message that a person who has left can't get anything."""
    return _("This person has left. First record on their page that they are back.")


def refusal(error: ServiceError, conflict: str | None = None) -> str:
    """Return why a service refused, in the page's language.

    `conflict` is the message for a Conflict.
    """
    if isinstance(error, NeedsAdmin):
        return _(
            "This person is staff: only an admin of each place where they have a role can change "
            "their name or contact details, or record that they have left."
        )
    if isinstance(error, BadgeNeedsManager):
        return badge_needs_manager()
    if isinstance(error, BadgeStaysSuspended):
        return _("A manager suspended this badge. Only a manager can restore it or take it back.")
    if isinstance(error, SecondBadge):
        return _(
            "No message reaches this person, who would not notice another badge: a trainer or a "
            "manager has to give or restore it. You may lend one for the day."
        )
    if isinstance(error, HolderHasLeft):
        return holder_has_left()
    if isinstance(error, AlreadyLeft):
        return has_left()
    if isinstance(error, Forbidden):
        return _("Your role does not allow it. A trainer or a manager can do it.")
    if isinstance(error, Invalid) and any(
        field_error.field == "reason" for field_error in error.errors
    ):
        return _("This person becomes the first trainer for this certification: give a reason.")
    if isinstance(error, Stale):
        return _("This record has changed in the meantime. This is its current state.")
    if isinstance(error, AccessDenied):
        return read_text(error.text)
    if isinstance(error, Conflict):
        return conflict or _("The state has changed in the meantime. Reload the page.")
    return _("That can’t be done. Reload the page and try again.")
