"""Personal-data rules of the clock: who confirmed the date."""

from controller.capabilities.clock.models import ClockCheck
from controller.kernel.privacy import PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (PersonalDataRule(ClockCheck, Purpose.ACCOUNTS, RetentionKind.INSTALLATION),)
