"""When a certification ends that is given or used now."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.training.certifications import validity_of
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.shapes import Disuse, Duration, OnDate
from controller.domain.time import Utc


def ends_at(certification: CertificationRow, time_zone: str, now: Utc) -> Utc | None:
    """Return the end; None: never. A date ends at midnight after that day, in the given zone."""
    match validity_of(certification):
        case Duration(days=days) | Disuse(days=days):
            return Utc.of(now + timedelta(days=days))
        case OnDate(date=date):
            next_day = date + timedelta(days=1)
            midnight = datetime(
                next_day.year, next_day.month, next_day.day, tzinfo=ZoneInfo(time_zone)
            )
            return Utc.of(midnight)
        case _:
            return None
