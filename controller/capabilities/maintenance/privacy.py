"""Rules for the personal data in the tables of maintenance: who did it, and remarks."""

from controller.capabilities.maintenance.models import MaintenanceDone, MaintenanceRow
from controller.kernel.privacy import PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (
    PersonalDataRule(MaintenanceRow),
    PersonalDataRule(MaintenanceDone, Purpose.MAINTENANCE, RetentionKind.HISTORY),
)
