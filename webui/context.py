"""The context that pages and API work with; nothing is created at import."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Flask, current_app

from controller.capabilities.badges.card_masters import CardMasters
from controller.capabilities.badges.vault import Vault
from controller.domain.time import Utc
from controller.kernel.database import Database, wall_clock
from controller.kernel.outbox_follower import FollowerThread
from controller.live import Live
from controller.settings import Settings
from webui.bench.hardware import Hardware

if TYPE_CHECKING:
    from controller.capabilities.agents.pki import Authority

EXTENSION = "loquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """What one web process works with: settings, database, keys, and connections."""

    settings: Settings
    database: Database
    live: Live
    """Notifications and counters that all processes share."""
    secret: str = field(repr=False)
    """Signs session cookies and form tokens; at least 32 characters."""
    credential_keys: Mapping[str, bytes] = field(repr=False)
    """Each site's HMAC key over credential ids."""
    own_key: bytes = field(repr=False)
    """A key that no agent has: it seals badge numbers and the master keys of cards."""
    authority: "Authority | None" = None
    """Signs agents' certificates; None: this process can't enrol agents."""
    follower: FollowerThread | None = None
    """Follows the outbox for the whole process; None: the pages start one of their own."""
    hardware: Hardware | None = None
    """The simulated hardware; None except in the demo."""
    clock: Callable[[], Utc] = wall_clock

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError("the web secret has fewer than 32 characters; run loquet init")

    @property
    def vault(self) -> Vault:
        """Seals the numbers of this site's badges, and finds badges by number."""
        return Vault(self.credential_keys[self.settings.site.id], self.own_key)

    @property
    def masters(self) -> CardMasters:
        """Derives the keys of cards."""
        return CardMasters(self.own_key)


def context() -> WebContext:
    """The context of the running application."""
    current: WebContext = current_app.extensions[EXTENSION]
    return current


def install(app: Flask, web: WebContext) -> None:
    """Set the context of an application."""
    app.extensions[EXTENSION] = web
