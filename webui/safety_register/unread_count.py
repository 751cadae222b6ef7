"""How many entries wait to be read, for the navigation of every page."""

from controller.capabilities.safety_register import reading
from controller.capabilities.safety_register.permissions import SAFETY_ANSWER
from webui.guard import actor, current_site, is_allowed, is_part
from webui.i18n import plural
from webui.parts import WaitingCount
from webui.request_transaction import request_transaction

AT_MOST = 100
"""More are not counted: it is enough to know that there are many."""


def unread_waiting() -> WaitingCount | None:
    """For those who answer for the place; in one statement."""
    at = current_site()
    if at is None or is_part() or not is_allowed(SAFETY_ANSWER):
        return None
    with request_transaction() as db:
        count = reading.count_unread(db, at.id, AT_MOST, actor=actor())
    return WaitingCount(count, to_read(count)) if count else None


def to_read(count: int) -> str:
    """The count as text; empty for none."""
    return plural("%(n)s entry to read", "%(n)s entries to read", count) if count else ""
