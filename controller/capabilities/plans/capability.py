"""What plans gives to the house."""

from controller.capabilities.plans import models as models
from controller.kernel.capability import Capability

PLANS = Capability(name="plans")
