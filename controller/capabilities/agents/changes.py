"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class AgentChanged(Change, frozen=True, kw_only=True):
    """An agent: what it says of itself, or that it has fallen silent."""

    ROOM = "agents"
    WHAT = "agent"
