"""What bookings gives to the house."""

from controller.capabilities.bookings import models as models
from controller.capabilities.bookings.changes import BookingChanged
from controller.capabilities.bookings.jobs import JOBS
from controller.kernel.capability import Capability

BOOKINGS = Capability(name="bookings", changes=(BookingChanged,), jobs=JOBS)
