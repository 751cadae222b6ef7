"""Personal-data rules of activity: who ticked off what, stored as long as records of passages."""

from controller.capabilities.activity.models import ReadUntilRow, SeenRow
from controller.kernel.privacy import (
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    deletion_step,
)

PERSONAL_DATA = (
    PersonalDataRule(
        SeenRow,
        Purpose.ACCOUNTS,
        RetentionKind.ACCESS,
        retention=Retention("ticks", deletion_step(SeenRow.at)),
    ),
    PersonalDataRule(ReadUntilRow, Purpose.ACCOUNTS, RetentionKind.MEMBER, ErasureKind.DELETE),
)
