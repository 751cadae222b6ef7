"""What this feature tells of, through the outbox."""

from controller.kernel.news import News


class LoanNews(News, frozen=True, kw_only=True):
    """A loan."""

    FEATURE = "lending"
    WHAT = "loan"
