"""What a feature that works with another system says of it on the *Integrations* page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.parts import Chip

Look = Literal["off", "running", "out", "fault"]
"""Not in use, well, late or in part, not working."""
_ICONS = {
    "off": "circle-dashed",
    "running": "circle-check",
    "out": "clock",
    "fault": "octagon-alert",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How it is, in a word, and what there is to say of it."""

    look: Look
    word: str
    said: str = ""

    @property
    def chip(self) -> Chip:
        """As pages show a state."""
        return Chip(look=self.look, word=self.word, icon=_ICONS[self.look])


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """One line: a feature gives it in `Feature.integration`, and the page has it."""

    name: Callable[[], str]
    icon: str
    summary: Callable[[], str]
    permission: Permission
    """Permission that is needed to see the line."""
    health: Callable[[Session, str, Utc], Health]
    """Read for a site, at a time."""
    endpoint: str | None = None
    """The page of its own, if it has one."""
