"""What screen gives to the house."""

from pathlib import Path

from controller.capabilities.screen.privacy import KEEPS
from controller.kernel.capability import Capability

SCREEN = Capability(name="screen", keeps=KEEPS, migrations=Path(__file__).with_name("migrations"))
