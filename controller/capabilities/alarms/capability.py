"""What alarms gives to the house."""

from pathlib import Path

from controller.capabilities.alarms import models as models
from controller.capabilities.alarms.kinds import KINDS
from controller.capabilities.alarms.news import AlarmNews
from controller.capabilities.alarms.privacy import KEEPS
from controller.kernel.capability import Capability

ALARMS = Capability(
    name="alarms",
    alarms=KINDS,
    words=Path(__file__).with_name("words"),
    keeps=KEEPS,
    news=(AlarmNews,),
)
