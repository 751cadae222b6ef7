"""What this room tells of, through the outbox."""

from controller.kernel.news import News


class DigestNews(News, frozen=True, kw_only=True):
    """A day's digest is due: `key` is the day at the site. Whoever sends mail makes the text."""

    ROOM = "since"
    WHAT = "digest"
