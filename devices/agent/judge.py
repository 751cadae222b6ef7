"""Decides on taps: finds the holder, gathers the context of the moment, and calls `decide()`."""

import logging
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field, replace

from controller.domain.access.counts import with_presence
from controller.domain.access.decide import decide
from controller.domain.access.decision import Decision
from controller.domain.access.supervision import PAIR_S, WindowChange
from controller.domain.facts import (
    AccessPoint,
    Assurance,
    Context,
    HeldCertification,
    Holder,
    Level,
    PointKind,
    RecentTap,
    Requirement,
    Window,
)
from controller.domain.ids import AccessPointId, CredentialId, HolderKey, MemberRef
from controller.domain.time import Utc
from controller.wire.card_keys import CardKeys
from controller.wire.card_wrapping import WrapBroken, unwrap_order
from devices.agent.cards import CredentialKeys
from devices.agent.clock import Clock
from devices.agent.policy.site_facts import HolderLookup, SiteFacts
from devices.agent.policy.sync import PolicyAge

log = logging.getLogger(__name__)

CERTIFIED_HERE_S = 24 * 3600.0
"""A certification given at the machine counts here at once; without confirmation by the hub, this
long."""


_NOTHING = Requirement(subscription=False)
"""Requirement of a point without facts."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A credential presented at a reader, with its holder and context."""

    key: HolderKey
    credential: CredentialId
    assurance: Assurance
    holder: Holder | None
    point: AccessPoint
    context: Context
    now: Utc
    mono_s: float


@dataclass(frozen=True, slots=True)
class PointCondition:
    """What a machine or door itself adds to the context of a decision."""

    held_by: MemberRef | None = None
    held_running: bool | None = None
    fault_latched: bool = False
    open_interlocks: tuple[str, ...] = ()
    open_start_inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Recent:
    holder: Holder
    assurance: Assurance
    mono_s: float


@dataclass(slots=True)
class _Local:
    """Facts from taps here that the hub may not have yet; lost in a restart, by when the hub should
    have them."""

    windows: dict[str, Window] = field(default_factory=dict)
    closed_windows: set[str] = field(default_factory=set)
    admitted: dict[HolderKey, Utc] = field(default_factory=dict)
    """Until when each guest badge is admitted."""
    certified: dict[MemberRef, tuple[tuple[HeldCertification, float], ...]] = field(
        default_factory=dict
    )
    """Certifications by member, each with the monotonic time at which it was given."""


class Judge:
    """Finds holders and decides on taps. Only the loop's thread uses it.

    To be fast, it does not log, and decodes no JSON but one holder's row.
    """

    def __init__(
        self,
        keys: CredentialKeys,
        holders: HolderLookup,
        facts: SiteFacts,
        age: PolicyAge,
        clock: Clock,
    ) -> None:
        self.keys, self._holders, self._age, self._clock = keys, holders, age, clock
        self.facts = facts
        self._recent: dict[AccessPointId, _Recent] = {}
        self._local = _Local()

    def ordered_keys(self, credential: CredentialId, wrapped: str) -> CardKeys:
        """Return the keys that a command sends for a card. Raises WrapBroken."""
        *before, last = self.keys.keys_for(credential)
        for key, name in before:
            with suppress(WrapBroken):
                return unwrap_order(key, name, wrapped)
        return unwrap_order(*last, wrapped)

    def holder(self, key: HolderKey) -> Holder | None:
        """Return the holder of a credential; None too if the policy can't be read."""
        try:
            holder = self._holders.get(key)
        except sqlite3.Error:
            log.exception("the policy cannot be read")
            return None
        if holder is not None and holder.member in self._local.certified:
            return self._with_certified(holder)
        return holder

    def point(self, id: AccessPointId, kind: PointKind) -> AccessPoint:
        """Return the point's facts; if there are none, a point out of service."""
        point = self.facts.points.get(id)
        return point or AccessPoint(id=id, kind=kind, in_service=False, requirement=_NOTHING)

    def tap(
        self,
        credential: CredentialId,
        assurance: Assurance,
        point: AccessPoint,
        condition: PointCondition,
    ) -> Tap:
        """Find the holder of a credential, and gather the context of this tap."""
        key, holder = self._lookup(credential)
        mono, now = self._clock.mono(), self._clock.decision_time()
        recent = self._recent.get(point.id)
        context = self.context(
            point,
            condition,
            now,
            assurance=assurance,
            recent=None
            if recent is None or mono - recent.mono_s > PAIR_S
            else RecentTap(
                holder=recent.holder, assurance=recent.assurance, age_s=mono - recent.mono_s
            ),
            admitted_until=self._admitted_until(credential),
        )
        return Tap(key, credential, assurance, holder, point, context, now, mono)

    def context(
        self,
        point: AccessPoint,
        condition: PointCondition,
        now: Utc,
        *,
        assurance: Assurance | None = None,
        recent: RecentTap | None = None,
        admitted_until: Utc | None = None,
    ) -> Context:
        """Return the context of a decision at that point now."""
        context = Context(
            assurance=assurance,
            clock_trusted=self._clock.trusted,
            policy_age_s=self._age.age_s(),
            held_by=condition.held_by,
            held_running=condition.held_running,
            windows=self.windows(),
            recent=recent,
            bookings=self.facts.bookings.get(point.id, ()),
            admitted_until=admitted_until,
            fault_latched=condition.fault_latched,
            open_interlocks=condition.open_interlocks,
            open_start_inputs=condition.open_start_inputs,
        )
        return with_presence(context, point, self.facts.site)

    def decide(self, tap: Tap) -> Decision:
        """Return the decision on this tap."""
        return decide(tap.holder, tap.point, self.facts.site, tap.now, tap.context)

    def remember(self, tap: Tap) -> None:
        """Remember the holder, for the second tap of a pair."""
        if tap.holder is not None:
            self._recent[tap.point.id] = _Recent(tap.holder, tap.assurance, tap.mono_s)

    def windows(self) -> tuple[Window, ...]:
        """Return the open supervision windows, from the policy and from taps here."""
        local = self._local
        if not local.windows and not local.closed_windows:
            return tuple(self.facts.windows.values())
        all_windows = {**local.windows, **self.facts.windows}
        return tuple(window for id, window in all_windows.items() if id not in local.closed_windows)

    def window_id(self, window: Window) -> str | None:
        """Return the id of an open window, or None."""
        all_windows = {**self._local.windows, **self.facts.windows}
        return next((id for id, candidate in all_windows.items() if candidate == window), None)

    def note_window_change(self, id: str, change: WindowChange) -> None:
        """Note that a supervisor's tap opened or closed a window, so that it counts here at
        once."""
        if change.opened:
            self._local.windows[id] = change.window
        else:
            self._local.windows.pop(id, None)
            self._local.closed_windows.add(id)

    def expired_windows(self, now: Utc) -> list[tuple[str, Window]]:
        """Return windows opened here that have expired, each only once."""
        over = [
            (id, candidate)
            for id, candidate in self._local.windows.items()
            if candidate.until <= now
        ]
        for id, _ in over:
            del self._local.windows[id]
        return over

    def note_admission(self, key: HolderKey, until: Utc) -> None:
        """Note that a host admitted this guest badge: it counts here until then, offline too."""
        self._local.admitted[key] = until

    def note_certification(
        self, member: MemberRef, certifications: tuple[str, ...], now: Utc
    ) -> None:
        """Note that a trainer certified this member at the machine: it counts here at once."""
        added = tuple(
            (
                HeldCertification(certification=id, level=Level.USER, valid_from=now),
                self._clock.mono(),
            )
            for id in certifications
        )
        self._local.certified[member] = self._local.certified.get(member, ()) + added

    def new_facts(self, facts: SiteFacts) -> None:
        """Use a new version of the policy."""
        self.facts = facts
        self._local.closed_windows &= facts.windows.keys()
        for id in self._local.windows.keys() & facts.windows.keys():
            del self._local.windows[id]

    def _admitted_until(self, credential: CredentialId) -> Utc | None:
        """Return until when a guest is admitted, under any holder key of their badge; or None."""
        admitted = self._local.admitted
        names = self.keys.names(credential) if admitted else ()
        return next((admitted[name] for name in names if name in admitted), None)

    def _lookup(self, credential: CredentialId) -> tuple[HolderKey, Holder | None]:
        """Return the holder, and the holder key that the policy has; without a holder, the newest
        key."""
        names = self.keys.names(credential)
        for name in names:
            if (holder := self.holder(name)) is not None:
                return name, holder
        return names[0], None

    def _with_certified(self, holder: Holder) -> Holder:
        """Add certifications given here, unless the policy has them already."""
        mono, in_policy = (
            self._clock.mono(),
            {holding.certification for holding in holder.certifications},
        )
        fresh = tuple(
            holding
            for holding, since in self._local.certified[holder.member]
            if mono - since <= CERTIFIED_HERE_S and holding.certification not in in_policy
        )
        return replace(holder, certifications=holder.certifications + fresh) if fresh else holder
