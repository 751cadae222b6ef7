"""Personal-data rules for the tables of places, which contain no personal data."""

from controller.capabilities.places.models import (
    ScheduleRow,
    SchoolHoliday,
    SiteRow,
    SpecialDayReason,
    ZoneRow,
)
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(
        SiteRow,
        plain="id time_zone language opening walking_times walk_from_elsewhere_s"
        " suspends_copied_badges presence_end presence_longest_h created_at row_version",
        adds_names_to_export=True,
        label="name",
    ),
    PersonalDataRule(ScheduleRow, plain="id site_id data row_version", label="name"),
    PersonalDataRule(
        ZoneRow,
        plain="id site_id capacity window_max_min desks row_version",
        adds_names_to_export=True,
        label="name",
    ),
    PersonalDataRule(SpecialDayReason, plain="schedule_id day", label="reason"),
    PersonalDataRule(SchoolHoliday, plain="id site_id first last", label="name"),
)
