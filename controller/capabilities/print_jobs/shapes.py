"""Print jobs, as the API and the pages see them."""

from typing import Annotated

import msgspec

from controller.capabilities.print_jobs.models import Outcome
from controller.domain.time import Utc
from controller.kernel.shapes import Line, Shape, Slug

Minutes = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
Grams = Annotated[float, msgspec.Meta(ge=0, le=100_000)]


class NewPrintJob(Shape, frozen=True, kw_only=True):
    """A print that a printer wants to start: its name and, if known, what it will take.

    201: it may start. 409: it may not; `reason` says why, and `text` what to do about it.
    """

    access_point: Slug
    name: Line
    minutes: Minutes | None = None
    grams: Grams | None = None


class PrintEnd(Shape, frozen=True, kw_only=True):
    """How a print ended, and what it took, as far as the printer knows."""

    outcome: Outcome | None = None
    used_minutes: Minutes | None = None
    used_grams: Grams | None = None


class PrintJob(PrintEnd, frozen=True, kw_only=True):
    """A granted print. Without `outcome` its printer has not reported the end."""

    id: str
    site_id: Slug
    access_point: Slug
    session_id: str | None
    """The print's machine session; null: nobody had tapped when it began."""
    member_id: str | None
    name: str | None
    minutes: float | None
    grams: float | None
    asked_at: Utc
    ended_at: Utc | None
    version: int
