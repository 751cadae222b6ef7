"""The feature *screen*."""

from pathlib import Path

from controller.capabilities.screen.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

SCREEN = Capability(
    name="screen", personal_data=PERSONAL_DATA, migrations=Path(__file__).with_name("migrations")
)
