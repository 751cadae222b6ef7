"""Shapes of user reports, report codes, needs and handover notes, as the API and pages use them."""

from typing import Annotated

import msgspec

from controller.capabilities.user_reports.models import DiscardReason, ToldKind
from controller.capabilities.user_reports.models import NeedState as NeedState
from controller.capabilities.user_reports.models import ToldState as ToldState
from controller.domain.time import Utc
from controller.kernel.shapes import LINE, Label, Line, Note, OneOf, Shape, Slug


class Telling(Shape, frozen=True, kw_only=True):
    """What somebody reports at the QR of a machine or zone, without an account."""

    kind: ToldKind
    text: Note
    dangerous: bool = False
    """Whether nobody should use the machine before it has been checked."""
    contact: Line | None = None
    """Telephone number or address for an answer; removed once the report is settled."""


class NewUserReport(OneOf, Telling, frozen=True, kw_only=True):
    """What a member reports about an access point or a zone, or the desk on a member's behalf."""

    ONE_OF = ("access_point", "zone_id")

    access_point: Slug | None = None
    zone_id: Slug | None = None
    member_id: str | None = None
    """For the desk: who reported it. Null: the actor."""


class Told(Shape, frozen=True, kw_only=True):
    """A report for the person who made it, without names."""

    id: str
    kind: ToldKind
    access_point: Slug | None
    zone_id: Slug | None
    dangerous: bool
    state: ToldState
    created_at: Utc
    done_at: Utc | None
    remark: str | None
    """What was done; null until it is settled."""
    out_of_service: bool
    """Whether the machine is out of service because of it, or will be when idle."""


class PublicLabel(Shape, frozen=True, kw_only=True):
    """What a report is about, in a few words of staff."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=LINE)] | None
    """For anybody at the QR code; null: they read only the kind of report."""


class UserReport(Told, frozen=True, kw_only=True):
    """A report for staff. `told_by`: the reporter until it is settled; null: unknown."""

    site_id: Slug
    text: str | None
    told_by: str | None
    member_id: str | None
    taken_by: str | None
    taken_at: Utc | None
    done_by: str | None
    version: int
    label: str | None = None
    """The text for anybody at the QR code; null: only its kind."""
    also: int = 0
    """How many others confirmed it."""
    contact: str | None = None
    """The reporter's address for an answer; null once it is settled."""


class Dealt(Shape, frozen=True, kw_only=True):
    """What was found or done; the reporter reads it."""

    remark: Note


class NewTellCode(OneOf, frozen=True, kw_only=True):
    """The machine, door or zone of a new code."""

    ONE_OF = ("access_point", "zone_id")

    access_point: Slug | None = None
    zone_id: Slug | None = None


class TellCode(NewTellCode, frozen=True, kw_only=True):
    """A report code: the QR contains an address of this site that ends with `code`."""

    id: str
    site_id: Slug
    code: str
    created_at: Utc
    revoked_at: Utc | None


class TellPlace(Shape, frozen=True, kw_only=True):
    """The machine or zone of a code, for display."""

    site: Label
    thing: Label
    access_point: Slug | None
    zone_id: Slug | None
    in_service: bool


Theme = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=LINE)]
"""One of the seven pillars by its key, or a theme in the site's own words."""


class NeedFields(Shape, frozen=True, kw_only=True):
    """The fields of a need that can be changed. `outcome`: the decision, which anybody may read."""

    theme: Theme
    title: Line
    state: NeedState = NeedState.OPEN
    outcome: Note | None = None
    published: bool = False
    """Whether the public page shows it, with how often it was reported."""


class NewNeed(NeedFields, frozen=True, kw_only=True):
    site_id: Slug | None = None


class Need(NeedFields, frozen=True, kw_only=True):
    """`times`: how often it was reported; numbers under 11 are not published."""

    id: str
    site_id: Slug
    times: int
    created_at: Utc
    changed_at: Utc
    version: int


class Discard(Shape, frozen=True, kw_only=True):
    """Why a report is discarded: it says nothing of use, or names somebody."""

    reason: DiscardReason


class MergeNeed(Shape, frozen=True, kw_only=True):
    """The id of the need that remains."""

    need_id: str


class Sorting(Shape, frozen=True, kw_only=True):
    """The id of a report that is to be sorted into this need."""

    report_id: str


class HandoverFields(Shape, frozen=True, kw_only=True):
    """The fields of a handover note that can be changed; it expires at `until`."""

    text: Note
    until: Utc | None = None
    expected_at: Utc | None = None
    """When a delivery comes; the desk's list of that day shows it."""


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
