"""Rules for the personal data in the tables of maintenance: who did it, and remarks."""

from controller.capabilities.maintenance.models import MaintenanceDone, MaintenanceRow
from controller.kernel.privacy import PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (
    PersonalDataRule(
        MaintenanceRow,
        plain="id site_id access_point_id counts every_h every_days starts_at created_at"
        " ended_at row_version",
        label="name",
    ),
    PersonalDataRule(
        MaintenanceDone,
        Purpose.MAINTENANCE,
        RetentionKind.HISTORY,
        text="remark",
        actor="by",
        plain="id maintenance_id site_id at recorded_at",
    ),
)
