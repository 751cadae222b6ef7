"""How many are in, for the navigation of every page."""

from controller.capabilities.live.rooms import heads_by_zone
from controller.kernel.actor import Permission
from webui.guard import actor, allowed, here, is_part
from webui.i18n import plural
from webui.one_read import one_read
from webui.parts import Waiting


def heads_waiting() -> Waiting | None:
    """In one statement; parts of a page have no navigation."""
    at = here()
    if at is None or is_part() or not allowed(Permission.LIVE_READ):
        return None
    with one_read() as db:
        heads = sum(heads_by_zone(db, at.id, actor=actor()).values())
    return Waiting(heads, plural("%(n)s présent", "%(n)s présents", heads)) if heads else None
