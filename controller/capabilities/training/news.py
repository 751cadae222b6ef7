"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class CourseSessionNews(News, frozen=True, kw_only=True):
    """A course session, or who takes part."""

    FEATURE = "training"
    WHAT = "course_session"
