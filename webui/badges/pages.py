"""Actions on a person's badges: give, replace, suspend, mark as lost, restore, return."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import partial

from flask import abort, request
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.shapes import Credential, NewCredential, Replacement
from controller.domain.facts import CredentialStatus
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import NotFound, Stale
from webui.badges.contact import lost_text, replaced_text, suspended_text
from webui.badges.numbers import read_number
from webui.badges.stop_page import why_not_given
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.members.member import refused_badge
from webui.members.member_action import known_here, origin, run_action
from webui.undo import done_with_undo, flash_done

pages = Pages("badges", __name__)
_BADGES = Permission.CREDENTIALS_WRITE


@pages.post("/members/<member>/badges", _BADGES)
def give(member: str) -> ResponseReturnValue:
    """Give a badge by its number."""
    value = _number(member)
    if not isinstance(value, str):
        return value
    new, vault = NewCredential(member_id=member, value=value), context().vault
    return run_action(
        member,
        lambda db, now: credentials.create(db, new, vault=vault, actor=actor(), now=now),
        lambda made: _flash_undoable(_("Badge given. It works from now on."), made, "return"),
        conflict=partial(why_not_given, member=member),
        in_field=partial(refused_badge, member, _typed_number()),
    )


@pages.post("/members/<member>/badges/<key>/replace", _BADGES)
def replace(member: str, key: str) -> ResponseReturnValue:
    """Replace a badge: the old one is marked as lost, the new one gets its rights."""
    value = _number(member, key)
    if not isinstance(value, str):
        return value
    new, vault = Replacement(value=value), context().vault

    def change(db: Session, now: Utc) -> tuple[Credential, Credential]:
        old = _badge_of_member(db, member, key)
        return old, credentials.replace(db, key, new, vault=vault, actor=actor(), now=now)

    def confirm(result: tuple[Credential, Credential]) -> None:
        old, new_badge = result
        _flash_undoable(replaced_text(), new_badge, "put-back", old=key, was=old.status)

    wrong = partial(refused_badge, member, _typed_number(), instead_of=key)
    why = partial(why_not_given, member=member)
    return run_action(member, change, confirm, conflict=why, in_field=wrong)


@pages.post("/members/<member>/badges/<key>/put-back", _BADGES)
def undo_replacement(member: str, key: str) -> ResponseReturnValue:
    """Return the new badge, and restore the old one to its former state."""
    old, was = request.form.get("old", ""), request.form.get("was", "")

    def change(db: Session, now: Utc) -> None:
        _unchanged_badge(db, member, key)
        if _badge_of_member(db, member, old).status is not CredentialStatus.LOST:
            raise Stale("something else was done to the old badge since")
        credentials.return_badge(db, key, actor=actor(), now=now)
        if was == "active":
            credentials.restore(db, old, actor=actor(), now=now)

    return run_action(
        member, change, lambda _none: flash_done(_("The old badge has been restored as it was."))
    )


@pages.post("/members/<member>/badges/<key>/return", _BADGES)
def return_badge(member: str, key: str) -> ResponseReturnValue:
    """Return a member's badge, so that it can be given to somebody else."""

    def change(db: Session, now: Utc) -> bytes:
        _unchanged_badge(db, member, key)
        return badge_return.return_with_receipt(
            db, key, vault=context().vault, actor=actor(), now=now
        )

    def confirm(receipt: bytes) -> None:
        text = _("Badge returned: it can be given to somebody else.")
        sealed = b64encode(receipt).decode("ascii")
        done_with_undo(text, "badges.undo_return", member=member, receipt=sealed, **origin())

    return run_action(member, change, confirm)


@pages.post("/members/<member>/badges/again", _BADGES)
def undo_return(member: str) -> ResponseReturnValue:
    """Undo the return of a badge."""
    try:
        receipt = b64decode(request.form.get("receipt", ""), validate=True)
    except ValueError:
        abort(400)
    vault = context().vault
    return run_action(
        member,
        lambda db, now: badge_return.undo_return(
            db, receipt, member, vault=vault, actor=actor(), now=now
        ),
        lambda _badge: flash_done(_("This person has the badge again.")),
        conflict=_("Too late, it has changed, or somebody else already has it: lend it again."),
    )


@pages.post("/members/<member>/badges/<key>/<action>", _BADGES)
def set_status(member: str, key: str, action: str) -> ResponseReturnValue:
    """Suspend a badge, mark it lost, or restore it."""
    actions: dict[str, tuple[Callable[..., Credential], Callable[[], str]]] = {
        "suspend": (credentials.suspend, suspended_text),
        "lost": (credentials.mark_lost, lost_text),
        "restore": (credentials.restore, lambda: _("Badge restored.")),
    }
    if action not in actions:
        abort(404)
    service, done_text = actions[action]

    def change(db: Session, now: Utc) -> tuple[str | None, Credential]:
        before = _unchanged_badge(db, member, key).status
        undo = {"active": "restore", "suspended": "suspend", "lost": "lost"}[before]
        # only the member's home site can give rights back
        at_home = known_here(db, member).site_id == site().id
        return undo if at_home else None, service(db, key, actor=actor(), now=now)

    def confirm(result: tuple[str | None, Credential]) -> None:
        undo, badge = result
        if undo is None:
            flash_done(done_text())
        else:
            _flash_undoable(done_text(), badge, undo)

    return run_action(member, change, confirm)


def _typed_number() -> str:
    return request.form.get("value", "").strip()[:60]


def _number(member: str, instead_of: str = "") -> CredentialId | ResponseReturnValue:
    """Return the badge number that was typed, or the page with an error."""
    typed = _typed_number()
    try:
        return read_number(typed)
    except ValueError:
        text = _("“%(typed)s” is not a badge number.", typed=typed)
        return refused_badge(member, typed, text, instead_of=instead_of)


def _badge_of_member(db: Session, member: str, key: str) -> Credential:
    """Return the badge if it belongs to this member. Raises NotFound."""
    badge = credentials.get(db, key, actor=actor())
    if badge.member_id != member:
        raise NotFound("credential", key)
    return badge


def _unchanged_badge(db: Session, member: str, key: str) -> Credential:
    """Return the badge; for an undo, only if nothing has changed it since.

    Raises NotFound, Stale.
    """
    badge = _badge_of_member(db, member, key)
    if badge.version != request.form.get("version", badge.version, type=int):
        raise Stale("this badge was changed since")
    return badge


def _flash_undoable(text: str, badge: Credential, action: str, **fields: str) -> None:
    endpoints = {"return": "return_badge", "put-back": "undo_replacement"}
    endpoint = f"badges.{endpoints.get(action, 'set_status')}"
    confirm = partial(done_with_undo, text, endpoint, member=badge.member_id, key=badge.id)
    fields["version"] = str(badge.version)
    if endpoint == "badges.set_status":
        fields["action"] = action
    confirm(**fields, **origin())
