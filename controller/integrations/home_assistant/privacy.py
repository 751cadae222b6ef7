"""Personal data in the tables of Home Assistant: only who allowed a door."""

from controller.integrations.home_assistant.models import HomeDoorRow, HomeEnergyRow, HomeLinkRow
from controller.kernel.privacy import PersonalDataRule, Purpose

PERSONAL_DATA = (
    PersonalDataRule(HomeDoorRow, Purpose.ACCOUNTS),
    PersonalDataRule(HomeEnergyRow),
    PersonalDataRule(HomeLinkRow),
)
