"""Rules for the personal data in the tables of self-service."""

from controller.capabilities.self_service.models import MemberCode, TerminalVisit
from controller.kernel.privacy import ErasureKind, PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (
    PersonalDataRule(
        MemberCode,
        Purpose.ACCOUNTS,
        RetentionKind.MEMBER,
        ErasureKind.DELETE,
        member="member_id",
        sealed="hash",
        about="set_at wrong may_choose_until choice_opens_from opens_from",
    ),
    PersonalDataRule(
        TerminalVisit,
        Purpose.ACCOUNTS,
        RetentionKind.MOMENT,
        ErasureKind.DELETE,
        plain="site_id address_id",
        member="member_id",
        sealed="hash",
        about="began_at touched_at",
    ),
)
