"""Declares the feature *clock* to the rest of the controller."""

from controller.capabilities.clock import models as models
from controller.capabilities.clock.clock_check import CONFIRM, JOBS, UNSURE
from controller.capabilities.clock.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

CLOCK = Capability(
    name="clock", permissions=(CONFIRM,), jobs=JOBS, alarms=(UNSURE,), personal_data=PERSONAL_DATA
)
