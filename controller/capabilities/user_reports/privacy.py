"""Personal-data rules for the tables of user reports, needs and handover notes."""

from controller.capabilities.user_reports.models import (
    HandoverNote,
    NeedRow,
    ReportCode,
    UserReport,
)
from controller.kernel.privacy import (
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    emptying_step,
)

_EMPTIED = {"text": None, "remark": None, "label": None, "member_id": None, "contact": None}
"""Columns that are emptied some time after a report is settled."""

PERSONAL_DATA = (
    PersonalDataRule(NeedRow, Purpose.MAINTENANCE, RetentionKind.HISTORY),
    PersonalDataRule(
        UserReport,
        Purpose.MAINTENANCE,
        RetentionKind.ACCESS,
        ErasureKind.EMPTY,
        retention=Retention("reports", emptying_step(UserReport.done_at, _EMPTIED)),
    ),
    PersonalDataRule(HandoverNote, Purpose.MAINTENANCE, RetentionKind.SHIFT),
    PersonalDataRule(ReportCode),
)
