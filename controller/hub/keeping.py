"""Once a day, on a thread of its own: retention at the sites whose lease this hub holds."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from controller.capabilities.privacy.retention.run import retain
from controller.domain.time import Utc
from controller.hub.counters import Counters
from controller.hub.lease import Leases
from controller.kernel.database import Database
from controller.settings import RetentionSettings
from controller.store.engine import first_line

FIRST_S = 600.0
"""After the start: agents that reconnect come first."""
EVERY_S = 86_400.0

_log = logging.getLogger(__name__)


class Keeping:
    """Does what is due, and no more than is its own: it ends where a lease does."""

    def __init__(
        self,
        database: Database,
        leases: Leases,
        settings: RetentionSettings,
        counters: Counters,
        clock: Callable[[], Utc],
        *,
        first_s: float = FIRST_S,
    ) -> None:
        self._database = database
        self._leases = leases
        self._settings = settings
        self._counters = counters
        self._clock = clock
        self._first_s = first_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-keeping", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the transaction in hand, and end."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        wait_s = self._first_s
        while not self._stopping.wait(wait_s):
            wait_s = EVERY_S if self._work() else FIRST_S

    def _work(self) -> bool:
        """Whether it was this hub's to do, and is done."""
        sites = self._leases.held()
        if not sites:
            return False
        try:
            done = retain(
                self._database, self._settings, now=self._clock(), sites=sites, may=self._may
            )
        except DBAPIError as problem:
            self._counters.add("failed_retention")
            _log.warning("retention: %s; trying again", first_line(problem))
            return False
        except Exception:  # noqa: BLE001  the thread's edge: tomorrow is another day
            self._counters.add("failed_retention")
            _log.exception("retention failed")
            return True
        self._counters.add("retained", sum(done.counts.values()))
        return True

    def _may(self, site: str) -> bool:
        return self._leases.holds(site) and not self._stopping.is_set()
