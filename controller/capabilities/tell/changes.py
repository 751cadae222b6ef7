"""What can change in this room, for whoever must be told."""

from controller.kernel.changes import Change


class UserReportChanged(Change, frozen=True, kw_only=True):
    """What a user told."""

    ROOM = "tell"
    WHAT = "user_report"


class HandoverNoteChanged(Change, frozen=True, kw_only=True):
    """A note for the next shift."""

    ROOM = "tell"
    WHAT = "handover_note"
