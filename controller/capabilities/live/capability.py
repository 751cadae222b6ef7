"""The feature *live*."""

from pathlib import Path

from controller.capabilities.live.models import SitePlan
from controller.kernel.capability import Capability
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (PersonalDataRule(SitePlan),)


LIVE = Capability(
    name="live", personal_data=PERSONAL_DATA, migrations=Path(__file__).with_name("migrations")
)
