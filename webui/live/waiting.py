"""How many alarms wait on Live, for the navigation of every page."""

from controller.capabilities.alarms import alarms
from controller.kernel.actor import Permission
from webui.guard import allowed, here, is_part
from webui.i18n import plural
from webui.one_read import one_read
from webui.parts import Waiting

AT_MOST = 100
"""More are not counted: it is enough to know that there are many."""


def alarms_waiting() -> Waiting | None:
    """In one statement; parts of a page have no navigation."""
    at = here()
    if at is None or is_part() or not allowed(Permission.LIVE_READ):
        return None
    with one_read() as db:
        return waiting(alarms.count_active(db, at.id, AT_MOST))


def waiting(count: int) -> Waiting | None:
    """So many alarms, in words; None: no alarm waits."""
    if not count:
        return None
    return Waiting(count, plural("%(n)s alarme", "%(n)s alarmes", count), alarming=True)
