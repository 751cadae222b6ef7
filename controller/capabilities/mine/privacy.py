"""What the tables of one's own page hold of people: a code, and that they stand at a terminal."""

from controller.capabilities.mine.models import MemberCode, TerminalVisit
from controller.kernel.privacy import Erased, Keep, Kept, Purpose

KEEPS = (
    Keep(
        MemberCode,
        Purpose.ACCOUNTS,
        Kept.MEMBER,
        Erased.DELETE,
        member="member_id",
        sealed="hash",
        about="set_at wrong may_choose_until choice_opens_from opens_from",
    ),
    Keep(
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
