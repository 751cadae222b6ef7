"""Personal-data rules of audit: who started checks of the chain."""

from controller.capabilities.audit.models import AuditCheckRow
from controller.kernel.privacy import (
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    deletion_step,
)

PERSONAL_DATA = (
    PersonalDataRule(
        AuditCheckRow,
        Purpose.ACCOUNTS,
        RetentionKind.ACCESS,
        retention=Retention("audit checks", deletion_step(AuditCheckRow.at), is_of_sites=False),
    ),
)
