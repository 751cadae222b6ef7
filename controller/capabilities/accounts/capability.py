"""What accounts gives to the house."""

from controller.capabilities.accounts import models as models
from controller.kernel.capability import Capability

ACCOUNTS = Capability(name="accounts")
