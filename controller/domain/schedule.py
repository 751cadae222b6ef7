"""Weekly windows in a site's time zone, with exceptions, through daylight saving time."""

from controller.domain.facts import Schedule
from controller.domain.time import Utc


def is_open(schedule: Schedule, zone_name: str, now: Utc) -> bool:
    """Whether `now` lies in a window; `zone_name` is an IANA name such as Europe/Paris."""
    raise NotImplementedError


def closes_at(schedule: Schedule, zone_name: str, now: Utc) -> Utc | None:
    """When the opening that contains `now` ends; None when closed, or open for weeks on end."""
    raise NotImplementedError


def opens_next(schedule: Schedule, zone_name: str, now: Utc) -> Utc | None:
    """When it opens next, after `now`; None when open already, or closed for weeks on end."""
    raise NotImplementedError


def next_change(schedule: Schedule, zone_name: str, now: Utc) -> Utc | None:
    """When it opens or closes next; None when nothing changes for weeks."""
    return closes_at(schedule, zone_name, now) or opens_next(schedule, zone_name, now)
