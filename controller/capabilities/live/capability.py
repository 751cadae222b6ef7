"""What live gives to the house."""

from pathlib import Path

from controller.capabilities.live.privacy import KEEPS
from controller.kernel.capability import Capability

LIVE = Capability(name="live", keeps=KEEPS, migrations=Path(__file__).with_name("migrations"))
