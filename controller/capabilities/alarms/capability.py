"""What alarms gives to the house."""

from controller.capabilities.alarms import models as models
from controller.capabilities.alarms.news import AlarmNews
from controller.capabilities.alarms.privacy import KEEPS
from controller.kernel.capability import Capability

ALARMS = Capability(name="alarms", keeps=KEEPS, news=(AlarmNews,))
