"""Changes of training to which other features react, and its news."""

from dataclasses import dataclass

from controller.domain.time import Utc
from controller.kernel.news import News

# News that this feature publishes through the outbox.


class CourseSessionNews(News, frozen=True, kw_only=True):
    """A course session has changed, or its participants have."""

    FEATURE = "training"
    WHAT = "course_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeNarrowed:
    """A certification is to be valid only at its own site.

    A feature that needs it at another site refuses the change.
    """

    certification_id: str
    site_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationRefused:
    """A certification that was given at a machine with two badges was refused."""

    event_id: str
    site: str
    agent: str
    access_point: str | None
    certification_id: str
    reason: str
    at: Utc
