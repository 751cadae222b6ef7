"""Corrections of entries that decide what somebody owes."""

from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid


def check_correction(
    actor: Actor, site_id: str, reason: str | None, *, is_own_of_today: bool
) -> None:
    """One's own entry of today is corrected freely; any other needs `money:write` and a reason.

    Raises Forbidden, or Invalid for `reason`.
    """
    if is_own_of_today or actor.is_system:
        return
    actor.require(Permission.MONEY_WRITE, site_id)
    if reason is None:
        raise Invalid.of("reason", "not your own entry of today: say why it is corrected")
