"""Who may correct entries on which somebody's debt depends, and when a reason is needed."""

from enum import StrEnum

from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, Invalid


class WhyGift(StrEnum):
    """Why a subscription or a pass counts as a gift, in the words of the refusal."""

    NO_PRICE = "the tariff has no price for it: say why it is given"
    TOO_LONG = "its price is for a year at most: say why it is given for longer"
    BEGUN = "it begins before today: say why"


def check_correction(
    actor: Actor,
    site_id: str,
    reason: str | None,
    *,
    is_own_of_today: bool,
    owed_by: str | None = None,
) -> None:
    """Require `money:write` and a reason, unless the actor made the entry today.

    `owed_by`: the member whose debt depends on it. Raises Forbidden, or Invalid for `reason`.
    """
    if not is_own_of_today:
        why = "not your own entry of today: say why it is corrected"
        check_decision(actor, site_id, reason, why, owed_by=owed_by)


def check_decision(
    actor: Actor, site_id: str, reason: str | None, why: str, *, owed_by: str | None
) -> None:
    """Require `money:write` and a reason for a decision that isn't about the actor's own debt.

    Raises Forbidden, or Invalid for `reason`.
    """
    if actor.is_system:
        return
    if not actor.may(Permission.MONEY_WRITE, site_id):
        raise Forbidden(f"this needs {Permission.MONEY_WRITE} at {site_id}: {why}")
    check_not_own(actor, owed_by)
    check_reason(actor, reason, why)


def check_gift(
    actor: Actor, site_id: str, reason: str | None, why: str, *, owed_by: str | None
) -> None:
    """Check a gift like `check_decision`; a program may omit the reason, as before."""
    if actor.is_token:
        reason = reason or "by a program"
    check_decision(actor, site_id, reason, why, owed_by=owed_by)


def check_not_own(actor: Actor, owed_by: str | None) -> None:
    """Raise Forbidden if the actor would decide about their own debt."""
    if owed_by in actor.own_members:
        raise refuse_own(actor, "somebody else decides what you owe")


def refuse_own(actor: Actor, text: str) -> Forbidden:
    """Return the refusal of a decision about the actor's own debt.

    If only the login suggests that it is their own, the text says how to resolve that.
    """
    if actor.member_id is None:
        text = "this may be your own: an admin links this account to your record first"
    return Forbidden(text)


def check_reason(actor: Actor, reason: str | None, why: str) -> None:
    """Raise Invalid if a person gives no reason."""
    if not (actor.is_system or reason):
        raise Invalid.of("reason", why)
