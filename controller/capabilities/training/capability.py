"""What training gives to the house."""

from pathlib import Path

from controller.capabilities.training import models as models
from controller.kernel.capability import Capability

TRAINING = Capability(name="training", words=Path(__file__).with_name("words"))
