"""A door's public hours, and until when staff keep it locked or unlocked."""

from controller.domain.door import door
from controller.domain.door.events import DoorEvent, FollowHoursRequested, PublicHours
from controller.domain.facts import AccessPoint
from controller.domain.schedule import closes_at
from controller.domain.time import Utc
from devices.agent.points.door_memory import StaffLock
from devices.agent.tools import Tools


class DoorHours:
    """Tracks a door's public hours, how long staff keep it unlocked, and the staff's lock.

    Not thread-safe: used on the loop's thread.
    """

    def __init__(self, tools: Tools, staff_lock: StaffLock | None) -> None:
        """`staff_lock`: the lock that was saved before a restart, if any."""
        self._tools = tools
        self._staff_lock = staff_lock
        self._hold_until: Utc | None = None

    def hold_unlocked(self, until: Utc | None) -> None:
        """Note that staff keep the door unlocked until then; None: until it is locked."""
        self._hold_until = until

    def lock(self, point: AccessPoint) -> None:
        """Note that staff lock the door until the current public hours end."""
        self._hold_until = None
        site, name = self._tools.judge.facts.site, point.door.public_schedule
        schedule = None if name is None else site.schedules.get(name)
        now = self._tools.clock.decision_time()
        until = None if schedule is None else closes_at(schedule, site.time_zone, now)
        self._staff_lock = StaffLock(until=until)

    def follow_schedule(self) -> None:
        """Note that staff let the door follow its public hours again."""
        self._hold_until = None

    @property
    def hold_until(self) -> Utc | None:
        """When the unlocking by staff ends; None: never, or the door is not kept unlocked."""
        return self._hold_until

    def is_locked_by_staff(self) -> bool:
        """Whether a lock that staff set before a restart is still in force."""
        lock, now = self._staff_lock, self._tools.clock.decision_time()
        return lock is not None and (lock.until is None or now < lock.until)

    def saved_lock(self, *, locked_by_staff: bool) -> StaffLock | None:
        """The staff's lock to save for a restart; None if staff did not lock the door."""
        return self._staff_lock if locked_by_staff else None

    def events(self, point: AccessPoint) -> list[DoorEvent]:
        """The events that are due now: public hours, and the end of staff's unlocking."""
        now = self._tools.clock.decision_time()
        public = door.public_hours(point, self._tools.judge.facts.site, now)
        events_due: list[DoorEvent] = [PublicHours(open=public)]
        if self._hold_until is not None and now >= self._hold_until:
            self._hold_until = None
            events_due.append(FollowHoursRequested())
        return events_due
