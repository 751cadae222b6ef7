"""What a feature that works with another system shows on the *Integrations* page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import site_zone
from webui.i18n import _, pgettext
from webui.i18n.dates import relative
from webui.parts import Chip

Look = Literal["off", "stopped", "running", "out", "fault"]
"""Not in use, set up but stopped, working, late or partly working, not working."""
_ICONS = {
    "off": "circle-dashed",
    "stopped": "ban",
    "running": "circle-check",
    "out": "clock",
    "fault": "octagon-alert",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of an integration, in a word, with further text."""

    look: Look
    word: str
    detail: str = ""
    """Further text; may be empty."""

    @property
    def chip(self) -> Chip:
        """The state as a chip."""
        look = "off" if self.look == "stopped" else self.look
        return Chip(look=look, word=self.word, icon=_ICONS[self.look])


class BrokerLink(Protocol):
    """What is stored of the connection to a broker."""

    connected: bool
    since: Utc
    error: str | None


def broker_health(link: BrokerLink | None, address: str, now: Utc) -> Health:
    """Return the state of the connection to the broker at this address; None: never tried."""
    if link is None:
        return Health(look="out", word=_("Not connected yet"), detail=address)
    since = relative(link.since, now, site_zone()).text
    if not link.connected:
        text = " · ".join(filter(None, (address, since, link.error)))
        return Health(look="fault", word=_("Broker unreachable"), detail=text)
    return Health(
        look="running", word=pgettext("service", "Connected"), detail=f"{address} · {since}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """A line of the page, which a feature declares in `Feature.integration`."""

    name: Callable[[], str]
    icon: str
    summary: Callable[[], str]
    permission: Permission
    """Permission that is needed to see the line."""
    health: Callable[[Session, str, Utc], Health]
    """Reads the state for a site, at a time."""
    endpoint: str | None = None
    """The page where it is set up or seen, if there is one."""
    lines: str = ""
    """What stands in config.toml, where it is set there."""
    guide: str = ""
    """Where the documentation says how it is set in config.toml: `page.html#part`."""
