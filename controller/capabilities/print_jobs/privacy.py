"""Rules for the personal data in print jobs."""

from controller.capabilities.print_jobs.models import PrintJob
from controller.kernel.privacy import (
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    emptying_step,
)

_WHOSE = {"name": None, "member_ref": None}

PERSONAL_DATA = (
    PersonalDataRule(
        PrintJob,
        Purpose.ACCESS,
        RetentionKind.ACCESS,
        ErasureKind.EMPTY,
        ref="member_ref",
        about="minutes grams used_minutes used_grams outcome asked_at ended_at",
        words="name",
        actor="asked_by",
        plain="id site_id access_point_id session_id settled_at row_version",
        retention=Retention("print_jobs", emptying_step(PrintJob.asked_at, _WHOSE)),
    ),
)
