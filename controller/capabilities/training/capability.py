"""What training gives to the house."""

from controller.capabilities.training import models as models
from controller.capabilities.training.policy import FACTS
from controller.kernel.capability import Capability

TRAINING = Capability(name="training", facts=FACTS)
