"""Personal-data rules for the tables of badges."""

from controller.capabilities.badges.models import (
    CardMasterRow,
    CredentialAt,
    CredentialRow,
    SiteKeyRow,
)
from controller.kernel.privacy import ErasureKind, PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (
    PersonalDataRule(CredentialRow, Purpose.RIGHTS, RetentionKind.MEMBER, ErasureKind.DELETE),
    PersonalDataRule(CardMasterRow),
    PersonalDataRule(SiteKeyRow),
    PersonalDataRule(CredentialAt, Purpose.RIGHTS, RetentionKind.MEMBER, ErasureKind.DELETE),
)
