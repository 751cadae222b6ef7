"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class PrintJobNews(News, frozen=True, kw_only=True):
    """A print that was granted, or whose end was reported."""

    FEATURE = "print_jobs"
    WHAT = "print_job"
