"""What the table of the clock holds of people: who confirmed the date."""

from controller.capabilities.clock.models import ClockCheck
from controller.kernel.privacy import Keep, Kept, Purpose

KEEPS = (
    Keep(
        ClockCheck,
        Purpose.ACCOUNTS,
        Kept.CHAIN,
        actor="confirmed_by",
        plain="id plausible_at doubt doubt_since confirmed_at",
    ),
)
