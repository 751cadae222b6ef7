"""What this feature tells of, through the outbox."""

from controller.kernel.news import News


class MemberNews(News, frozen=True, kw_only=True):
    """A member, or what they may do: `key` is the member's id."""

    FEATURE = "members"
    WHAT = "member"
