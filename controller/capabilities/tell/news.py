"""What this room tells of, through the outbox."""

from controller.kernel.news import News


class UserReportNews(News, frozen=True, kw_only=True):
    """What a user told."""

    ROOM = "tell"
    WHAT = "user_report"


class HandoverNoteNews(News, frozen=True, kw_only=True):
    """A note for the next shift."""

    ROOM = "tell"
    WHAT = "handover_note"


class NeedNews(News, frozen=True, kw_only=True):
    """A need, and what became of it."""

    ROOM = "tell"
    WHAT = "need"
