"""What the tables of audit hold of people: who had the chain read again."""

from controller.capabilities.audit.models import AuditCheckRow
from controller.kernel.privacy import Kept, PersonalDataRule, Purpose, Retention, removes

PERSONAL_DATA = (
    PersonalDataRule(
        AuditCheckRow,
        Purpose.ACCOUNTS,
        Kept.ACCESS,
        plain="id at whole seq hash broken_at",
        actor="by",
        retention=Retention("audit checks", removes(AuditCheckRow.at), is_of_sites=False),
    ),
)
