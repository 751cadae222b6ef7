"""Open pages are told when the boxes of their site are heard no more, and when they are again."""

from collections.abc import Callable
from threading import Event

from controller.capabilities.live.unheard import served_sites
from controller.domain.time import Utc
from controller.kernel.database import Database, wall_clock
from webui.live.broadcast import SiteChange, Tell, change_text

EVERY_S = 2.0


class Hubs:
    """Looks whether a hub serves each site: nothing is written when it dies."""

    def __init__(self, database: Database, clock: Callable[[], Utc] = wall_clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, bool] = {}
        self.first = Event()
        """It has looked for the first time."""

    def begin(self) -> None:
        """Whoever opens a page sees how it is."""

    def run(self, tell: Tell, stopped: Event) -> None:
        """Look every few seconds. Raises DBAPIError."""
        while not stopped.wait(EVERY_S):
            with self._database.read() as db:
                found = served_sites(db, self._clock())
            for site, is_served in found.items():
                if self._known.get(site, is_served) != is_served:
                    tell(SiteChange(site=site, text=change_text(site, "hub", "")))
            self._known = found
            self.first.set()
