"""What privacy gives to the house."""

from pathlib import Path

from controller.capabilities.privacy import models as models
from controller.kernel.capability import Capability

PRIVACY = Capability(name="privacy", words=Path(__file__).with_name("words"))
