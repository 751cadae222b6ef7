"""The feature *live*."""

from pathlib import Path

from controller.capabilities.live.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

LIVE = Capability(
    name="live", personal_data=PERSONAL_DATA, migrations=Path(__file__).with_name("migrations")
)
