"""Personal data in the tables of Home Assistant: only who allowed a door."""

from controller.integrations.home_assistant.models import HomeDoorRow, HomeEnergyRow, HomeLinkRow
from controller.kernel.privacy import PersonalDataRule, Purpose

PERSONAL_DATA = (
    PersonalDataRule(
        HomeDoorRow,
        Purpose.ACCOUNTS,
        plain="access_point_id site_id allowed_at",
        actor="allowed_by",
    ),
    PersonalDataRule(HomeEnergyRow, plain="access_point_id site_id watt_s"),
    PersonalDataRule(HomeLinkRow, plain="site_id connected since", raw="error"),
)
