"""The targets of alarms, as the page shows them."""

from typing import Annotated

import msgspec

from controller.domain.time import Utc
from controller.kernel.shapes import Line, Shape


class NewTarget(Shape, frozen=True, kw_only=True):
    """A new target: its name, and its address with any secret in it."""

    name: Line
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[!-~]+$")]
    only_grave: bool = False


class Target(Shape, frozen=True, kw_only=True):
    """A target, without its address."""

    id: str
    name: str
    service: str
    only_grave: bool
    paused_at: Utc | None
    told_at: Utc | None
    failures: int
    said: str | None
    waiting: int
    """How many alarms it has not accepted yet."""
