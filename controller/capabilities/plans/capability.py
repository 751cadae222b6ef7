"""What plans gives to the house."""

from controller.capabilities.plans import models as models
from controller.capabilities.plans.policy import FACTS
from controller.kernel.capability import Capability

PLANS = Capability(name="plans", facts=FACTS)
