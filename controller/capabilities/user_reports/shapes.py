"""What people tell, as the API and the pages see it: reports of users, and handover notes."""

from typing import Annotated

import msgspec

from controller.capabilities.user_reports.models import NeedState as NeedState
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.models import ToldState as ToldState
from controller.domain.time import Utc
from controller.kernel.shapes import LINE, Label, Line, Note, OneOf, Shape, Slug


class Telling(Shape, frozen=True, kw_only=True):
    """What somebody tells at the QR of a machine or zone, without an account."""

    kind: ToldKind
    text: Note
    dangerous: bool = False
    """Nobody should use the machine before somebody has looked at it."""
    contact: Line | None = None
    """A telephone number or an address for an answer; forgotten once it is done."""


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
    contact: str | None = None
    """Where who told it wants an answer, until it is done."""


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


Theme = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=LINE)]
"""One of the seven pillars by its word, or the site's own words."""


class NeedFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a need. `outcome`: what became of it, as anybody may read."""

    theme: Theme
    title: Line
    state: NeedState = NeedState.OPEN
    outcome: Note | None = None
    published: bool = False
    """Whether it stands on the public page, with how often it was told."""


class NewNeed(NeedFields, frozen=True, kw_only=True):
    site_id: Slug | None = None


class Need(NeedFields, frozen=True, kw_only=True):
    """`times`: how often it was told; for the public a number under 11 is not said."""

    id: str
    site_id: Slug
    times: int
    created_at: Utc
    changed_at: Utc
    version: int


class Sorting(Shape, frozen=True, kw_only=True):
    """What somebody told, by its id: it tells this need once more."""

    report_id: str


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
