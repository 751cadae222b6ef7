"""A machine session began: features propose on whose behalf; the first that knows counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from controller.domain.time import Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBegan:
    """A machine session has begun: who, where and when. Replaying it gives the same result."""

    session_id: str
    site_id: str
    access_point_id: str
    member_ref: str
    member_id: str | None
    """None: a group's badge."""
    at: Utc


@dataclass(frozen=True, slots=True)
class BookedTo:
    """On whose behalf a session is."""

    organisation_id: str | None = None
    project_id: str | None = None
    course_session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Proposer:
    """A feature that may know; of several, the one with the lowest rank is heard first."""

    rank: int
    propose: Callable[[Session, Sequence[SessionBegan]], Mapping[str, BookedTo]]
    """By session id, for those that it knows something of."""
