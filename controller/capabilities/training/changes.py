"""What happens in training: what other features act upon at once, and the news of it."""

from dataclasses import dataclass

from controller.domain.time import Utc
from controller.kernel.news import News

# News that this feature publishes through the outbox.


class CourseSessionNews(News, frozen=True, kw_only=True):
    """A course session, or who takes part."""

    FEATURE = "training"
    WHAT = "course_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeNarrowed:
    """A certification is to count at its own site only; whoever needs it elsewhere refuses."""

    certification_id: str
    site_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationRefused:
    """Two badges at a machine were to give a certification, and may not."""

    event_id: str
    site: str
    agent: str
    access_point: str | None
    certification_id: str
    reason: str
    at: Utc
