"""What the tables of places hold of people: nothing."""

from controller.capabilities.places.models import (
    DayApart,
    ScheduleRow,
    SchoolHoliday,
    SiteRow,
    ZoneRow,
)
from controller.kernel.privacy import Keep

KEEPS = (
    Keep(SiteRow, plain="id name time_zone language opening created_at row_version", named=True),
    Keep(ScheduleRow, plain="id site_id name data row_version"),
    Keep(ZoneRow, plain="id site_id name capacity window_max_min desks row_version", named=True),
    Keep(DayApart, plain="schedule_id day", text="reason"),
    Keep(SchoolHoliday, plain="id site_id first last", text="name"),
)
