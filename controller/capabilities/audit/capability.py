"""The feature *audit*."""

from pathlib import Path

from controller.capabilities.audit.activity import RECENT
from controller.capabilities.audit.jobs import JOBS
from controller.capabilities.audit.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

AUDIT = Capability(
    name="audit",
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    jobs=JOBS,
    locale=Path(__file__).with_name("locale"),
)
