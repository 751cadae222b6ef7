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
    Keep(
        SiteRow,
        plain="id time_zone language opening walking_times walk_from_elsewhere_s"
        " suspends_copied_badges presence_end presence_longest_h created_at row_version",
        named=True,
        label="name",
    ),
    Keep(ScheduleRow, plain="id site_id data row_version", label="name"),
    Keep(
        ZoneRow,
        plain="id site_id capacity window_max_min desks row_version",
        named=True,
        label="name",
    ),
    Keep(DayApart, plain="schedule_id day", text="reason"),
    Keep(SchoolHoliday, plain="id site_id first last", text="name"),
)
