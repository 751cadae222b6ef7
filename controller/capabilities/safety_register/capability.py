"""The feature *safety register*."""

from controller.capabilities.safety_register.activity import RECENT
from controller.capabilities.safety_register.entries import SafetyEntryNews
from controller.capabilities.safety_register.permissions import SAFETY_ANSWER, SAFETY_WRITE
from controller.capabilities.safety_register.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

SAFETY_REGISTER = Capability(
    name="safety_register",
    permissions=(SAFETY_WRITE, SAFETY_ANSWER),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    news=(SafetyEntryNews,),
)
