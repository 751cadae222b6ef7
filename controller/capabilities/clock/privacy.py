"""What the table of the clock holds of people: who confirmed the date."""

from controller.capabilities.clock.models import ClockCheck
from controller.kernel.privacy import Kept, PersonalDataRule, Purpose

PERSONAL_DATA = (
    PersonalDataRule(
        ClockCheck,
        Purpose.ACCOUNTS,
        Kept.CHAIN,
        actor="confirmed_by",
        plain="id plausible_at doubt doubt_since confirmed_at",
    ),
)
