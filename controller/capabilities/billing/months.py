"""Months of a site's calendar, as `2026-11`, and which of them are closed."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing.models import ClosedMonth
from controller.capabilities.places.models import SiteRow
from controller.domain.time import Utc
from controller.kernel.errors import Invalid
from controller.kernel.read_memo import memoise
from controller.kernel.rows import get_or_404

_MONTH = re.compile(r"2\d{3}-(0[1-9]|1[0-2])", re.ASCII)


def require_month(month: str) -> str:
    """Return the month if it is well formed. Raises Invalid."""
    if not _MONTH.fullmatch(month):
        raise Invalid.of("month", "a month such as 2026-09")
    return month


def month_of(day: date) -> str:
    """Return the month of a day, such as `2026-09`."""
    return day.strftime("%Y-%m")


def month_after(month: str, by: int = 1) -> str:
    """Return the month that is `by` months later."""
    year, number = map(int, month.split("-"))
    years, number = divmod(number - 1 + by, 12)
    return f"{year + years:04d}-{number + 1:02d}"


def zone_of(db: Session, site_id: str) -> ZoneInfo:
    """Return the site's time zone. Raises NotFound."""
    return ZoneInfo(get_or_404(db, SiteRow, site_id, "site").time_zone)


def day_of(at: Utc, zone: ZoneInfo) -> date:
    """Return the local date of a moment."""
    return at.astimezone(zone).date()


def current_month(db: Session, site_id: str, now: Utc) -> str:
    """Return the month that it is at a site. Raises NotFound."""
    return month_of(day_of(now, zone_of(db, site_id)))


def bounds(month: str, zone: ZoneInfo) -> tuple[Utc, Utc]:
    """Return the start and the end of a month in a time zone."""
    first, last = (
        datetime.fromisoformat(f"{first_month}-01") for first_month in (month, month_after(month))
    )
    return Utc.of(first.replace(tzinfo=zone)), Utc.of(last.replace(tzinfo=zone))


def last_closed(db: Session, site_id: str) -> str:
    """Return the last closed month; empty: none. All months before it are closed as well."""
    last = select(func.max(ClosedMonth.month)).where(ClosedMonth.site_id == site_id)
    return memoise(db, ("last_closed", site_id), lambda: db.scalar(last)) or ""


def open_month_for(month: str, closed: str) -> str:
    """Return the month on whose statement a use counts: its own, or the first that is open."""
    return month if month > closed else month_after(closed)
