"""What since gives to the house."""

from pathlib import Path

from controller.capabilities.since.jobs import JOBS
from controller.capabilities.since.messages import MESSAGES
from controller.capabilities.since.privacy import KEEPS
from controller.kernel.capability import Capability

SINCE = Capability(
    name="since",
    keeps=KEEPS,
    messages=MESSAGES,
    jobs=JOBS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
