"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class GroupChanged(Change, frozen=True, kw_only=True):
    """A group of visitors."""

    ROOM = "groups"
    WHAT = "group"


class WindowChanged(Change, frozen=True, kw_only=True):
    """A supervision window opened or closed."""

    ROOM = "groups"
    WHAT = "window"
