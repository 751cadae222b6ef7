"""Corrections of entries that decide what somebody owes."""

from enum import StrEnum

from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, Invalid


class WhyGift(StrEnum):
    """What makes a subscription or a pass a gift, as a refusal says it."""

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
    """One's own entry of today is corrected freely; any other needs `money:write` and a reason.

    `owed_by`: the member whose debt it decides. Raises Forbidden, or Invalid for `reason`.
    """
    if not is_own_of_today:
        why = "not your own entry of today: say why it is corrected"
        check_decision(actor, site_id, reason, why, owed_by=owed_by)


def check_decision(
    actor: Actor, site_id: str, reason: str | None, why: str, *, owed_by: str | None
) -> None:
    """It needs `money:write` and a reason. Raises Forbidden, or Invalid for `reason`."""
    if actor.is_system:
        return
    if not actor.may(Permission.MONEY_WRITE, site_id):
        raise Forbidden(f"this needs {Permission.MONEY_WRITE} at {site_id}: {why}")
    check_not_own(actor, owed_by)
    check_reason(actor, reason, why)


def check_gift(
    actor: Actor, site_id: str, reason: str | None, why: str, *, owed_by: str | None
) -> None:
    """As `check_decision`; a program may leave out the reason, as it could before there was one."""
    if actor.is_token:
        reason = reason or "by a program"
    check_decision(actor, site_id, reason, why, owed_by=owed_by)


def check_not_own(actor: Actor, owed_by: str | None) -> None:
    """Raise Forbidden if the actor would decide about their own debt."""
    if owed_by in actor.own_members:
        raise own_refused(actor, "somebody else decides what you owe")


def own_refused(actor: Actor, text: str) -> Forbidden:
    """The refusal of what is the actor's own; where that is by the login alone, what helps."""
    if actor.member_id is None:
        text = "this may be your own: an admin links this account to your record first"
    return Forbidden(text)


def check_reason(actor: Actor, reason: str | None, why: str) -> None:
    """Raise Invalid for a person who gives no reason."""
    if not (actor.is_system or reason):
        raise Invalid.of("reason", why)
