"""What the tables of upkeep hold of people: who did it, and remarks."""

from controller.capabilities.upkeep.models import MaintenanceDone, MaintenanceRow
from controller.kernel.privacy import Keep, Kept, Purpose

KEEPS = (
    Keep(
        MaintenanceRow,
        plain="id site_id access_point_id counts every_h every_days starts_at created_at"
        " ended_at row_version",
        label="name",
    ),
    Keep(
        MaintenanceDone,
        Purpose.UPKEEP,
        Kept.HISTORY,
        text="remark",
        actor="by",
        plain="id maintenance_id site_id at recorded_at",
    ),
)
