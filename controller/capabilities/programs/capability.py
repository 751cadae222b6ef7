"""What programs gives to the house."""

from pathlib import Path

from controller.capabilities.programs.jobs import JOBS
from controller.capabilities.programs.privacy import KEEPS
from controller.kernel.capability import Capability

PROGRAMS = Capability(
    name="programs",
    keeps=KEEPS,
    jobs=JOBS,
    words=Path(__file__).with_name("words"),
    migrations=Path(__file__).with_name("migrations"),
)
