"""What audit gives to the house."""

from pathlib import Path

from controller.capabilities.audit.jobs import JOBS
from controller.capabilities.audit.privacy import KEEPS
from controller.capabilities.audit.since import RECENT
from controller.kernel.capability import Capability

AUDIT = Capability(
    name="audit",
    keeps=KEEPS,
    since=RECENT,
    jobs=JOBS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
