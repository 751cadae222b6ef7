"""Who is in, and evacuations, as the API and the pages see them."""

from controller.capabilities.presence.models import EvacuationKind
from controller.domain.time import Utc
from controller.kernel.shapes import Heads, Line, Note, OneOf, Shape, Slug


class NewPresence(OneOf, frozen=True, kw_only=True):
    """Somebody who comes in at the desk: a member, or a visitor or group by name."""

    ONE_OF = ("member_id", "name")

    zone_id: Slug
    member_id: str | None = None
    name: Line | None = None
    heads: Heads = 1
    at: Utc | None = None
    """When they really came, for what is entered late; null: now."""


class Left(Shape, frozen=True, kw_only=True):
    """When they really left; null: now."""

    at: Utc | None = None


class Present(Shape, frozen=True, kw_only=True):
    """Somebody who is in."""

    id: str
    site_id: Slug
    zone_id: Slug
    member_id: str | None
    name: str
    heads: int
    since: Utc
    until: Utc | None
    """When they are signed out by themselves."""
    learnt_at: Utc | None = None
    """When that became known, where it was later; null: as it happened."""
    group_id: str | None = None
    """Of a group of visitors."""


class Visit(Shape, frozen=True, kw_only=True):
    """A visit whose end can be corrected."""

    id: str
    zone_id: Slug
    since: Utc
    ended_at: Utc | None
    """Null: it goes on, since an earlier day."""
    corrected_by: str | None = None


class Occupied(Shape, frozen=True, kw_only=True):
    """How full a zone was in a quarter of an hour that begins at `quarter`."""

    zone_id: Slug
    quarter: Utc
    peak: int
    entries: int


class NewEvacuation(Shape, frozen=True, kw_only=True):
    kind: EvacuationKind = EvacuationKind.DESK
    site_id: Slug | None = None


class EndEvacuation(Shape, frozen=True, kw_only=True):
    """What the safety register keeps, and whether presence is again as it was before."""

    remarks: Note | None = None
    everyone_back: bool = False


class Evacuation(Shape, frozen=True, kw_only=True):
    """A line of the safety register. `heads` were in, `seen` of them at the assembly point."""

    id: str
    site_id: Slug
    kind: EvacuationKind
    started_at: Utc
    ended_at: Utc | None
    duration_s: float | None
    """From its start to its end; null while it goes on."""
    heads: int
    seen: int
    remarks: str | None


class RollEntry(Shape, frozen=True, kw_only=True):
    """Somebody who was in when the evacuation began."""

    id: str
    name: str
    zone_id: Slug
    heads: int
    needs_help: bool
    seen_at: Utc | None
    """When all of them had been seen; null: some are missing."""
    seen_heads: int = 0
    """How many of them have been seen."""
    supervisors: str | None = None
    """Of a group: who came with it and answers for it."""
