"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class PresenceChanged(Change, frozen=True, kw_only=True):
    """Who is in: not told of whom."""

    ROOM = "presence"
    WHAT = "presence"


class EvacuationChanged(Change, frozen=True, kw_only=True):
    """An evacuation or a drill."""

    ROOM = "presence"
    WHAT = "evacuation"
