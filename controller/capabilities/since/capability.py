"""What since gives to the house."""

from pathlib import Path

from controller.capabilities.since.jobs import JOBS
from controller.capabilities.since.news import DigestNews
from controller.capabilities.since.privacy import KEEPS
from controller.kernel.capability import Capability

SINCE = Capability(
    name="since",
    keeps=KEEPS,
    news=(DigestNews,),
    jobs=JOBS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
