"""How old the policy is: since the newest signed head that vouched for exactly this copy."""

from dataclasses import dataclass

from controller.domain.time import Utc
from devices.agent.clock import Clock
from devices.agent.policy.store import Policy

STORE_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class _Mark:
    head_at: Utc
    age_s: float
    mono_s: float


class PolicyAge:
    """Written by the policy's thread, asked by the loop's."""

    def __init__(self, store: Policy, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._mark: _Mark | None = None
        self._stored_at = float("-inf")
        if (kept := store.age()) is not None:
            self._mark = _Mark(Utc.parse(kept[0]), kept[1], clock.mono())

    def age_s(self) -> float | None:
        """Seconds since that head was signed; None: no head has vouched for this copy yet."""
        mark = self._mark
        if mark is None:
            return None
        if self._clock.trusted:
            return max(0.0, (self._clock.now() - mark.head_at).total_seconds())
        return mark.age_s + self._clock.mono() - mark.mono_s

    def vouched(self, head_at: Utc) -> None:
        """A signed head equals this copy. An older one than known, as in a replay, is nothing new.

        On an untrusted clock the age falls by what lies between the two heads, not to zero: how
        long the newer head itself has been on the way cannot be known.
        """
        mark = self._mark
        if mark is not None and head_at <= mark.head_at:
            return
        if self._clock.trusted or mark is None:
            age = max(0.0, (self._clock.now() - head_at).total_seconds())
        else:
            nearer = (head_at - mark.head_at).total_seconds()
            age = max(0.0, mark.age_s + self._clock.mono() - mark.mono_s - nearer)
        self._mark = _Mark(head_at, age, self._clock.mono())
        self._store_now_and_then()

    def _store_now_and_then(self) -> None:
        mono = self._clock.mono()
        if self._mark is not None and mono - self._stored_at >= STORE_EVERY_S:
            self._stored_at = mono
            self._store.keep_age(self._mark.head_at.text(), self._mark.age_s)
            self._clock.floor_stored()
