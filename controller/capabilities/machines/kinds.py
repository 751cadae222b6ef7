"""Templates (`kinds.toml`) from which a new machine or door is made."""

from functools import cache
from pathlib import Path

import msgspec

from controller.capabilities.machines.shapes import (
    DoorShape,
    NewAccessPoint,
    RequirementShape,
    SessionShape,
)
from controller.domain.facts import PointKind, Risk
from controller.kernel.shapes import Label, Shape, Slug

_FILE = Path(__file__).with_name("kinds.toml")


class Kind(Shape, frozen=True, kw_only=True):
    """A template with common defaults, which can be changed later."""

    id: Slug
    name: Label
    icon: Slug
    risk: Risk
    kind: PointKind = PointKind.MACHINE
    certified: bool = True
    """Whether using it should require a certification."""
    company: int = 1
    """How many people must be present to use it."""
    session: SessionShape = SessionShape()
    door: DoorShape = DoorShape()


class _File(Shape, frozen=True, kw_only=True):
    kind: tuple[Kind, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    """Return all templates, in the order in which pages offer them."""
    return msgspec.toml.decode(_FILE.read_bytes(), type=_File).kind


def from_kind(
    kind: Kind,
    *,
    key: str,
    site_id: str,
    name: Label,
    zone_id: str | None,
    agent_id: str | None = None,
    certification: str | None = None,
) -> NewAccessPoint:
    """Return a new access point with the template's rules."""
    certifications = (certification,) if certification else ()
    return NewAccessPoint(
        id=key,
        site_id=site_id,
        kind=kind.kind,
        name=name,
        icon=kind.icon,
        risk=kind.risk,
        zone_id=zone_id,
        agent_id=agent_id,
        requirement=RequirementShape(certifications=certifications, company=kind.company),
        session=kind.session,
        door=kind.door,
    )
