"""What people tell, as the API and the pages see it: reports of users, and handover notes."""

from controller.capabilities.tell.models import ToldKind
from controller.capabilities.tell.models import ToldState as ToldState
from controller.domain.time import Utc
from controller.kernel.shapes import Label, Note, OneOf, Shape, Slug


class Telling(Shape, frozen=True, kw_only=True):
    """What somebody tells at the QR of a machine or zone, without an account."""

    kind: ToldKind
    text: Note
    dangerous: bool = False
    """Nobody should use the machine before somebody has looked at it."""


class NewUserReport(OneOf, Telling, frozen=True, kw_only=True):
    """What a member tells of an access point or a zone, or the desk for a member."""

    ONE_OF = ("access_point", "zone_id")

    access_point: Slug | None = None
    zone_id: Slug | None = None
    member_id: str | None = None
    """For the desk: who told it. Null: oneself."""


class Told(Shape, frozen=True, kw_only=True):
    """What the one who told it sees of it: no name of anybody."""

    id: str
    kind: ToldKind
    access_point: Slug | None
    zone_id: Slug | None
    dangerous: bool
    state: ToldState
    created_at: Utc
    done_at: Utc | None
    remark: str | None
    """What was done, once it is."""
    out_of_service: bool
    """Whether the machine is, or will be at idle, out of service for it."""


class UserReport(Told, frozen=True, kw_only=True):
    """For those in charge. `told_by` is a member, until it is done; null: nobody who is known."""

    site_id: Slug
    text: str | None
    told_by: str | None
    member_id: str | None
    taken_by: str | None
    taken_at: Utc | None
    done_by: str | None
    version: int
    also: int = 0
    """How many others say the same."""


class Dealt(Shape, frozen=True, kw_only=True):
    """What was found or done; the one who told it reads it."""

    remark: Note


class NewTellCode(OneOf, frozen=True, kw_only=True):
    """The code is for one machine, or one zone."""

    ONE_OF = ("access_point", "zone_id")

    access_point: Slug | None = None
    zone_id: Slug | None = None


class TellCode(NewTellCode, frozen=True, kw_only=True):
    """What the QR holds: `code`, at the end of an address of this place."""

    id: str
    site_id: Slug
    code: str
    created_at: Utc
    revoked_at: Utc | None


class TellPlace(Shape, frozen=True, kw_only=True):
    """What a code is for, in the words that people read."""

    site: Label
    thing: Label
    access_point: Slug | None
    zone_id: Slug | None
    in_service: bool


class HandoverFields(Shape, frozen=True, kw_only=True):
    """A note for those who come next; after `until` nobody needs it."""

    text: Note
    until: Utc | None = None
    expected_at: Utc | None = None
    """Of a delivery: when it comes; it stands among what the desk expects that day."""


class NewHandoverNote(HandoverFields, frozen=True, kw_only=True):
    site_id: Slug | None = None


class HandoverNote(HandoverFields, frozen=True, kw_only=True):
    id: str
    site_id: Slug
    created_by: str
    created_at: Utc
    done_by: str | None
    done_at: Utc | None
    version: int
