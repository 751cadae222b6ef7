"""What training gives to the house."""

from controller.capabilities.training import models as models
from controller.kernel.capability import Capability

TRAINING = Capability(name="training")
