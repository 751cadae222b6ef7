"""Why somebody gets no place in a course session, as a type that pages put into words."""

from collections.abc import Iterable
from enum import StrEnum

from controller.kernel.errors import Conflict


class NoPlace(StrEnum):
    """Why not; what is said first here is the reason alone."""

    CANCELLED = "cancelled"
    BEGUN = "begun"
    """Who runs it can still add people."""
    MISSING = "missing"
    """Something must be held first."""


class NotBegun(Conflict):
    """Results are noted, and people certified by them, once the session has begun."""


class NotTaken(Conflict):
    """An enrolment that is refused; `missing`: the certifications that must be held first."""

    def __init__(self, reason: NoPlace, text: str, missing: Iterable[str] = ()) -> None:
        super().__init__(text)
        self.reason = reason
        self.missing = tuple(missing)
