"""What privacy gives to the house."""

from pathlib import Path

from controller.capabilities.privacy import models as models
from controller.capabilities.privacy.jobs import JOBS
from controller.capabilities.privacy.privacy import KEEPS
from controller.kernel.capability import Capability

PRIVACY = Capability(
    name="privacy",
    keeps=KEEPS,
    jobs=JOBS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
