"""Personal data in the tables of calendars: whose own calendar an address shows."""

from controller.integrations.calendars.models import CalendarRow
from controller.kernel.privacy import ErasureKind, PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (
    PersonalDataRule(CalendarRow, Purpose.ACCOUNTS, RetentionKind.MEMBER, ErasureKind.DELETE),
)
