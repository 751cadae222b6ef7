"""What tell gives to the house."""

from pathlib import Path

from controller.capabilities.tell import models as models
from controller.kernel.capability import Capability

TELL = Capability(name="tell", words=Path(__file__).with_name("words"))
