"""The feature *privacy*."""

from pathlib import Path

from controller.capabilities.privacy import models as models
from controller.capabilities.privacy.jobs import JOBS
from controller.capabilities.privacy.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

PRIVACY = Capability(
    name="privacy",
    personal_data=PERSONAL_DATA,
    jobs=JOBS,
    locale=Path(__file__).with_name("locale"),
)
