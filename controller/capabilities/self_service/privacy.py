"""Rules for the personal data in the tables of self-service."""

from controller.capabilities.self_service.models import MemberCode, TerminalVisit
from controller.kernel.privacy import ErasureKind, PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (
    PersonalDataRule(MemberCode, Purpose.ACCOUNTS, RetentionKind.MEMBER, ErasureKind.DELETE),
    PersonalDataRule(TerminalVisit, Purpose.ACCOUNTS, RetentionKind.MOMENT, ErasureKind.DELETE),
)
