"""What the clock gives to the house."""

from pathlib import Path

from controller.capabilities.clock import models as models
from controller.capabilities.clock.checking import CONFIRM, JOBS, UNSURE
from controller.capabilities.clock.privacy import KEEPS
from controller.kernel.capability import Capability

CLOCK = Capability(
    name="clock",
    permissions=(CONFIRM,),
    jobs=JOBS,
    alarms=(UNSURE,),
    keeps=KEEPS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
