"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class UserReportNews(News, frozen=True, kw_only=True):
    """A user report was created or changed."""

    FEATURE = "user_reports"
    WHAT = "user_report"


class HandoverNoteNews(News, frozen=True, kw_only=True):
    """A handover note was created or changed."""

    FEATURE = "user_reports"
    WHAT = "handover_note"


class NeedNews(News, frozen=True, kw_only=True):
    """A need was created or changed."""

    FEATURE = "user_reports"
    WHAT = "need"
