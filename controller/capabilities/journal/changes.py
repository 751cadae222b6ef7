"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class EventsArrived(Change, frozen=True, kw_only=True):
    """Events that happened just now were stored: `key` is the agent."""

    ROOM = "journal"
    WHAT = "event"
