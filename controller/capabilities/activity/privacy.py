"""Personal data in the tables of activity: who ticked what off, as long as passages are kept."""

from controller.capabilities.activity.models import ReadUntilRow, SeenRow
from controller.kernel.privacy import (
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    removes,
)

PERSONAL_DATA = (
    PersonalDataRule(
        SeenRow,
        Purpose.ACCOUNTS,
        RetentionKind.ACCESS,
        plain="site_id at",
        sealed="key",
        actor="by",
        retention=Retention("ticks", removes(SeenRow.at)),
    ),
    PersonalDataRule(
        ReadUntilRow,
        Purpose.ACCOUNTS,
        RetentionKind.MEMBER,
        ErasureKind.DELETE,
        plain="site_id at before",
        account="account_id",
    ),
)
