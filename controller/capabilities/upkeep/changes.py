"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class MaintenanceChanged(Change, frozen=True, kw_only=True):
    """Something that is to be done at an access point again and again."""

    ROOM = "upkeep"
    WHAT = "maintenance"
