"""What bookings gives to the house."""

from controller.capabilities.bookings import models as models
from controller.capabilities.bookings.policy import FACTS
from controller.kernel.capability import Capability

BOOKINGS = Capability(name="bookings", facts=FACTS)
