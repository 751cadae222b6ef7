"""What the tables of one's own page hold of people: a code, and that they stand at a terminal."""

from controller.capabilities.self_service.models import MemberCode, TerminalVisit
from controller.kernel.privacy import Erased, Kept, PersonalDataRule, Purpose

PERSONAL_DATA = (
    PersonalDataRule(
        MemberCode,
        Purpose.ACCOUNTS,
        Kept.MEMBER,
        Erased.DELETE,
        member="member_id",
        sealed="hash",
        about="set_at wrong may_choose_until choice_opens_from opens_from",
    ),
    PersonalDataRule(
        TerminalVisit,
        Purpose.ACCOUNTS,
        Kept.MOMENT,
        Erased.DELETE,
        plain="site_id address_id",
        member="member_id",
        sealed="hash",
        about="began_at touched_at",
    ),
)
