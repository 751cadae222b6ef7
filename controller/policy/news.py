"""News of the policy, published through the outbox."""

from controller.kernel.news import News


class PolicyNews(News, frozen=True, kw_only=True):
    """A site's policy has a new version."""

    FEATURE = "policy"
    WHAT = "policy"
