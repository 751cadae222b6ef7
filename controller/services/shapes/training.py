"""Certifications and who holds them as the API and the pages see them."""

from datetime import date as Date

from controller.domain.facts import CertificationKind, HeldStatus, Level
from controller.domain.time import Utc
from controller.services.shapes.scalars import Days, Label, Note, Shape, Slug
from controller.store.models import HeldAction, Scope


class Never(Shape, frozen=True, kw_only=True, tag_field="kind", tag="never"):
    """It does not end."""


class Duration(Shape, frozen=True, kw_only=True, tag_field="kind", tag="duration"):
    """It ends some days after it was given."""

    days: Days


class OnDate(Shape, frozen=True, kw_only=True, tag_field="kind", tag="date"):
    """It ends at the end of a calendar date, at the member's site."""

    date: Date


class Disuse(Shape, frozen=True, kw_only=True, tag_field="kind", tag="disuse"):
    """It ends when it was not used for some days."""

    days: Days


Validity = Never | Duration | OnDate | Disuse


class CertificationFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a certification. A `document` needs no course."""

    name: Label
    kind: CertificationKind = CertificationKind.CERTIFICATION
    validity: Validity = Never()
    scope: Scope = Scope.NETWORK
    """`network`: whoever holds it holds it at every site; `site`: at its own site only."""


class NewCertification(CertificationFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug | None = None
    """The site that owns it and alone may change it; may be left out where there is only one."""


class Certification(CertificationFields, frozen=True, kw_only=True):
    id: Slug
    site_id: Slug
    version: int


class Grant(Shape, frozen=True, kw_only=True):
    """What `PUT members/{id}/certifications/{certification_id}` says."""

    level: Level = Level.USER
    reason: Note | None = None
    """Asked of an admin who names a certification's first trainer."""


class Reason(Shape, frozen=True, kw_only=True):
    """Why something about a person is changed."""

    reason: Note


class Held(Shape, frozen=True, kw_only=True):
    """A certification that a member holds, as it stands."""

    certification_id: Slug
    level: Level
    status: HeldStatus
    valid_from: Utc
    valid_until: Utc | None
    granted_by: str
    """Opaque reference of who gave it; `granted_by_name` where the name may be shown."""
    granted_by_name: str | None
    granted_at: Utc


class HeldStep(Shape, frozen=True, kw_only=True):
    """One step of its history."""

    at: Utc
    by: str
    action: HeldAction
    level: Level
    valid_until: Utc | None
    reason: str | None
