"""How many alarms wait on Live, for the navigation of every page."""

from collections.abc import Collection, Mapping

from controller.capabilities.alarms import alarms
from controller.kernel.actor import Permission
from controller.kernel.alarms import AlarmKind
from webui.guard import current_site, is_allowed, is_part
from webui.i18n import plural
from webui.parts import WaitingCount
from webui.request_transaction import request_transaction

ALARM_LIMIT = 100
"""More are not counted: it is enough to know that there are many."""


def alarms_waiting() -> WaitingCount | None:
    """In one statement; parts of a page have no navigation."""
    at = current_site()
    if at is None or is_part() or not is_allowed(Permission.LIVE_READ):
        return None
    with request_transaction() as db:
        return count_waiting_alarms(
            alarms.active_kinds(db, at.id, ALARM_LIMIT), db.info["house"].alarms
        )


def count_waiting_alarms(
    active: Collection[str], kinds: Mapping[str, AlarmKind]
) -> WaitingCount | None:
    """The number of waiting alarms as text; None if there are none. It is marked as urgent
    unless all can wait."""
    if not active:
        return None
    count, calm = len(active), {kind for kind, known in kinds.items() if known.calm}
    words = plural("%(n)s alarm", "%(n)s alarms", count)
    return WaitingCount(count, words, alarming=not calm.issuperset(active))
