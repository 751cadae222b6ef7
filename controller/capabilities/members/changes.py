"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class MemberChanged(Change, frozen=True, kw_only=True):
    """A member, or what they may do: `key` is the member's id."""

    ROOM = "members"
    WHAT = "member"
