"""Rules for the personal data in the tables of screens."""

from controller.capabilities.screen.models import ScreenAddress, ScreenRule
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (PersonalDataRule(ScreenAddress), PersonalDataRule(ScreenRule))
