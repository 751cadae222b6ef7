"""News that this feature publishes through the outbox."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from controller.kernel.news import News
from controller.kernel.outbox import tell


class MemberNews(News, frozen=True, kw_only=True):
    """A member, or what they may do: `key` is the member's id."""

    FEATURE = "members"
    WHAT = "member"


def tell_sites(db: Session, member_id: str, sites: Iterable[str]) -> None:
    """A member's change that counts at each of these sites: the books of each follow their own."""
    for site_id in sorted(set(sites)):
        tell(db, MemberNews(site=site_id, key=member_id))
