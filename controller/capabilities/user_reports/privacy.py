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
    PersonalDataRule(
        NeedRow,
        Purpose.MAINTENANCE,
        RetentionKind.HISTORY,
        text="title outcome",
        plain="id site_id theme state published at_desk created_at changed_at row_version",
    ),
    PersonalDataRule(
        UserReport,
        Purpose.MAINTENANCE,
        RetentionKind.ACCESS,
        ErasureKind.EMPTY,
        member="member_id",
        words="text contact",
        text="remark label",
        actor="taken_by done_by",
        plain="id site_id kind access_point_id zone_id dangerous state created_at taken_at done_at"
        " stop_at_idle also theme need_id discarded row_version",
        retention=Retention("reports", emptying_step(UserReport.done_at, _EMPTIED)),
    ),
    PersonalDataRule(
        HandoverNote,
        Purpose.MAINTENANCE,
        RetentionKind.SHIFT,
        text="text",
        actor="created_by done_by",
        plain="id site_id created_at until expected_at done_at row_version",
    ),
    PersonalDataRule(
        ReportCode, plain="id code site_id access_point_id zone_id created_at revoked_at"
    ),
)
