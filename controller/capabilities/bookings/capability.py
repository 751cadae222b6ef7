"""What bookings gives to the house."""

from controller.capabilities.bookings import models as models
from controller.kernel.capability import Capability

BOOKINGS = Capability(name="bookings")
