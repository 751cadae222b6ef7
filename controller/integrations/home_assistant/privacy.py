"""What the tables of Home Assistant hold of people: who allowed a door, and nothing else."""

from controller.integrations.home_assistant.models import HomeDoorRow, HomeEnergyRow, HomeLinkRow
from controller.kernel.privacy import Keep, Purpose

KEEPS = (
    Keep(
        HomeDoorRow,
        Purpose.ACCOUNTS,
        plain="access_point_id site_id allowed_at",
        actor="allowed_by",
    ),
    Keep(HomeEnergyRow, plain="access_point_id site_id watt_s"),
    Keep(HomeLinkRow, plain="site_id connected since", raw="said"),
)
