"""What bookings gives to the house."""

from controller.capabilities.bookings import models as models
from controller.capabilities.bookings.jobs import JOBS
from controller.capabilities.bookings.news import BookingNews
from controller.kernel.capability import Capability

BOOKINGS = Capability(name="bookings", news=(BookingNews,), jobs=JOBS)
