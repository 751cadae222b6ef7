"""The feature *activity*."""

from pathlib import Path

from controller.capabilities.activity.jobs import JOBS
from controller.capabilities.activity.messages import MESSAGES
from controller.capabilities.activity.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

ACTIVITY = Capability(
    name="activity",
    personal_data=PERSONAL_DATA,
    messages=MESSAGES,
    jobs=JOBS,
    locale=Path(__file__).with_name("locale"),
)
