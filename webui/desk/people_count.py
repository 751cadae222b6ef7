"""The number of people who are in, for the navigation of every page."""

from controller.capabilities.live.rooms import heads_by_zone
from controller.kernel.actor import Permission
from webui.guard import actor, current_site, is_allowed, is_htmx_request
from webui.i18n import plural
from webui.parts import WaitingCount
from webui.request_transaction import request_transaction


def heads_waiting() -> WaitingCount | None:
    """Return the number of people present; None if it is 0, or not shown to this account."""
    at = current_site()
    if at is None or is_htmx_request() or not is_allowed(Permission.LIVE_READ):
        return None
    with request_transaction() as db:
        heads = sum(heads_by_zone(db, at.id, actor=actor()).values())
    return WaitingCount(heads, plural("%(n)s in", "%(n)s in", heads)) if heads else None
