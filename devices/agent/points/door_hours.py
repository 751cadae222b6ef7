"""The times of a door: public hours, until when staff keeps it released, and staff's lock."""

from controller.domain.door import door
from controller.domain.door.events import DoorEvent, HoursAsked, PublicHours
from controller.domain.facts import AccessPoint
from controller.domain.schedule import closes_at
from controller.domain.time import Utc
from devices.agent.points.door_memory import StaffLock
from devices.agent.tools import Tools


class DoorHours:
    """Used on the loop's thread."""

    def __init__(self, tools: Tools, staff_lock: StaffLock | None) -> None:
        """`staff_lock` is what was kept before a restart."""
        self._tools = tools
        self._staff_lock = staff_lock
        self._hold_until: Utc | None = None

    def held(self, until: Utc | None) -> None:
        """Staff keeps the door released until then; None: until it is locked."""
        self._hold_until = until

    def locked(self, point: AccessPoint) -> None:
        """Staff locks the door, for as long as the public hours last that there are now."""
        self._hold_until = None
        site, name = self._tools.judge.facts.site, point.door.public_schedule
        schedule = None if name is None else site.schedules.get(name)
        now = self._tools.clock.judged_at()
        until = None if schedule is None else closes_at(schedule, site.time_zone, now)
        self._staff_lock = StaffLock(until=until)

    def followed(self) -> None:
        """Staff leaves the door to its hours."""
        self._hold_until = None

    @property
    def hold_until(self) -> Utc | None:
        """Until when staff keeps it released; None: without an end, or not at all."""
        return self._hold_until

    def lock_lasts(self) -> bool:
        """Whether the hours in which staff locked the door before a restart last still."""
        lock, now = self._staff_lock, self._tools.clock.judged_at()
        return lock is not None and (lock.until is None or now < lock.until)

    def kept(self, *, locked_by_staff: bool) -> StaffLock | None:
        """What must outlast a restart, of a door that is, or is not, locked by staff."""
        return self._staff_lock if locked_by_staff else None

    def events(self, point: AccessPoint) -> list[DoorEvent]:
        """What time does to the door now."""
        now = self._tools.clock.judged_at()
        public = door.public_hours(point, self._tools.judge.facts.site, now)
        found: list[DoorEvent] = [PublicHours(open=public)]
        if self._hold_until is not None and now >= self._hold_until:
            self._hold_until = None
            found.append(HoursAsked())
        return found
