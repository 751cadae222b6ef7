"""The feature *programs*."""

from pathlib import Path

from controller.capabilities.programs.jobs import JOBS
from controller.capabilities.programs.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

PROGRAMS = Capability(
    name="programs",
    personal_data=PERSONAL_DATA,
    jobs=JOBS,
    locale=Path(__file__).with_name("locale"),
)
