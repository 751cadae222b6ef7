"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class SessionChanged(Change, frozen=True, kw_only=True):
    """A machine session."""

    ROOM = "usage"
    WHAT = "session"
