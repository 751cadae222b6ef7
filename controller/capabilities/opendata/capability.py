"""The feature *opendata*."""

from pathlib import Path

from controller.capabilities.opendata.jobs import JOBS
from controller.capabilities.opendata.news import OpenDataNews
from controller.capabilities.opendata.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

OPENDATA = Capability(
    name="opendata",
    news=(OpenDataNews,),
    jobs=JOBS,
    personal_data=PERSONAL_DATA,
    locale=Path(__file__).with_name("locale"),
)
