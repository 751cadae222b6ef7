"""What opendata gives to the house."""

from pathlib import Path

from controller.capabilities.opendata.jobs import JOBS
from controller.capabilities.opendata.news import OpenDataNews
from controller.capabilities.opendata.privacy import KEEPS
from controller.kernel.capability import Capability

OPENDATA = Capability(
    name="opendata",
    news=(OpenDataNews,),
    jobs=JOBS,
    keeps=KEEPS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
