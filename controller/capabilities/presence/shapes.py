"""Who is in, and evacuations, as the API and the pages see them."""

from controller.capabilities.presence.models import EvacuationKind
from controller.domain.time import Utc
from controller.kernel.shapes import Heads, Line, Note, OneOf, Shape, Slug


class NewPresence(OneOf, frozen=True, kw_only=True):
    """A check-in at the desk: a member, or a visitor or group by name."""

    ONE_OF = ("member_id", "name")

    zone_id: Slug
    member_id: str | None = None
    name: Line | None = None
    heads: Heads = 1
    at: Utc | None = None
    """When they really came; null: now."""


class Left(Shape, frozen=True, kw_only=True):
    """A check-out. `at`: when they really left; null: now."""

    at: Utc | None = None


class Present(Shape, frozen=True, kw_only=True):
    """A person or group who is in."""

    id: str
    site_id: Slug
    zone_id: Slug
    member_id: str | None
    name: str
    heads: int
    since: Utc
    until: Utc | None
    """When they are signed out automatically."""
    learnt_at: Utc | None = None
    """When the arrival was reported, if late; null: at once."""
    group_id: str | None = None
    """The group of visitors, if it is one."""


class Visit(Shape, frozen=True, kw_only=True):
    """A visit whose end can be corrected."""

    id: str
    zone_id: Slug
    since: Utc
    ended_at: Utc | None
    """Null: the visit has been open since an earlier day."""
    corrected_by: str | None = None


class Occupied(Shape, frozen=True, kw_only=True):
    """How many people were in a zone in the quarter of an hour that begins at `quarter`."""

    zone_id: Slug
    quarter: Utc
    peak: int
    entries: int


class NewEvacuation(Shape, frozen=True, kw_only=True):
    kind: EvacuationKind = EvacuationKind.DESK
    site_id: Slug | None = None


class EndEvacuation(Shape, frozen=True, kw_only=True):
    """The remarks for the safety register, and whether everybody who was in is in again."""

    remarks: Note | None = None
    everyone_back: bool = False
    by_mistake: bool = False
    """Whether it was started by mistake: everybody stays in. Not for a fire alarm."""


class Evacuation(Shape, frozen=True, kw_only=True):
    """An evacuation or drill. `heads` people were in; `seen` of them were at the assembly point."""

    id: str
    site_id: Slug
    kind: EvacuationKind
    started_at: Utc
    started_by: str
    """Reference of who started it: an account, a token, or the agent of a fire alarm."""
    ended_at: Utc | None
    duration_s: float | None
    """Seconds from start to end; null while it is in progress."""
    heads: int
    seen: int
    remarks: str | None
    by_mistake: bool
    """Whether it was started by mistake, as noted at its end."""


class NewRollEntry(Shape, frozen=True, kw_only=True):
    """A person or group who was in but not recorded; `name` is deleted with the roll."""

    name: Line
    zone_id: Slug
    heads: Heads = 1


class RollEntry(Shape, frozen=True, kw_only=True):
    """A person or group who was in when the evacuation began, or was added since."""

    id: str
    name: str
    zone_id: Slug | None
    """Null: noted as present in a course session, whose room nobody recorded."""
    heads: int
    needs_help: bool
    seen_at: Utc | None
    """When all of them had been seen; null: some are still missing."""
    seen_heads: int = 0
    """How many of them have been seen."""
    supervisors: str | None = None
    """Of a group: who accompanies it and is responsible."""
    by_hand: bool = False
    """Whether somebody added it to the roll, so that it can be removed from it."""
