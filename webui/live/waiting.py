"""How many alarms wait on Live, for the navigation of every page."""

from collections.abc import Collection, Mapping

from controller.capabilities.alarms import alarms
from controller.kernel.actor import Permission
from controller.kernel.alarms import AlarmKind
from webui.guard import allowed, here, is_part
from webui.i18n import plural
from webui.parts import Waiting
from webui.request_transaction import request_transaction

AT_MOST = 100
"""More are not counted: it is enough to know that there are many."""


def alarms_waiting() -> Waiting | None:
    """In one statement; parts of a page have no navigation."""
    at = here()
    if at is None or is_part() or not allowed(Permission.LIVE_READ):
        return None
    with request_transaction() as db:
        return waiting(alarms.active_kinds(db, at.id, AT_MOST), db.info["house"].alarms)


def waiting(active: Collection[str], kinds: Mapping[str, AlarmKind]) -> Waiting | None:
    """So many alarms, in words; None: no alarm waits. It is not alarming while all can wait."""
    if not active:
        return None
    count, calm = len(active), {kind for kind, known in kinds.items() if known.calm}
    words = plural("%(n)s alarm", "%(n)s alarms", count)
    return Waiting(count, words, alarming=not calm.issuperset(active))
