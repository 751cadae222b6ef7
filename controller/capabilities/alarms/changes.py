"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class AlarmChanged(Change, frozen=True, kw_only=True):
    """An alarm was raised, taken, or is over."""

    ROOM = "alarms"
    WHAT = "alarm"
