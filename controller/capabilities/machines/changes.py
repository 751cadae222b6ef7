"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class PointChanged(Change, frozen=True, kw_only=True):
    """An access point, or the state that its agent tells."""

    ROOM = "machines"
    WHAT = "point"


class CommandChanged(Change, frozen=True, kw_only=True):
    """A command was asked for, or answered."""

    ROOM = "machines"
    WHAT = "command"
