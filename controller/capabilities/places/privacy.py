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
    PersonalDataRule(SiteRow, adds_names_to_export=True),
    PersonalDataRule(ScheduleRow),
    PersonalDataRule(ZoneRow, adds_names_to_export=True),
    PersonalDataRule(SpecialDayReason),
    PersonalDataRule(SchoolHoliday),
)
