"""Passes by day and half-day as the API and the pages see them."""

from typing import Annotated

import msgspec

from controller.domain.time import Utc
from controller.services.shapes.scalars import Shape, Slug
from controller.store.models import PassKind


class PassFields(Shape, frozen=True, kw_only=True):
    """What can be changed of a pass. No end: until it is spent."""

    units: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    """Days or half-days."""
    valid_from: Utc
    valid_until: Utc | None = None

    def __post_init__(self) -> None:
        if self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until: must be after valid_from")


class NewPass(PassFields, frozen=True, kw_only=True):
    member_id: str
    plan_id: Slug
    kind: PassKind = PassKind.DAY


class Pass(NewPass, frozen=True, kw_only=True):
    id: str
    spent: int
    version: int
