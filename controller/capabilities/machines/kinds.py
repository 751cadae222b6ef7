"""Kinds of machines and doors from which a new access point is made: data, in `kinds.toml`."""

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
    """Defaults that suit most places; all can be changed afterwards."""

    id: Slug
    name: Label
    icon: Slug
    risk: Risk
    kind: PointKind = PointKind.MACHINE
    certified: bool = True
    """Whether nobody should use it without having learnt it."""
    company: int = 1
    session: SessionShape = SessionShape()
    door: DoorShape = DoorShape()


class _File(Shape, frozen=True, kw_only=True):
    kind: tuple[Kind, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    """All of them, as they are offered."""
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
    """A new access point with the rules that suit most of its kind."""
    asked = (certification,) if certification else ()
    return NewAccessPoint(
        id=key,
        site_id=site_id,
        kind=kind.kind,
        name=name,
        icon=kind.icon,
        risk=kind.risk,
        zone_id=zone_id,
        agent_id=agent_id,
        requirement=RequirementShape(certifications=asked, company=kind.company),
        session=kind.session,
        door=kind.door,
    )
