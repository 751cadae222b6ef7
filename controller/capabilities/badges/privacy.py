"""Personal-data rules for the tables of badges."""

from controller.capabilities.badges.models import (
    CardMasterRow,
    CredentialAt,
    CredentialRow,
    SiteKeyRow,
)
from controller.kernel.privacy import ErasureKind, PersonalDataRule, Purpose, RetentionKind

PERSONAL_DATA = (
    PersonalDataRule(
        CredentialRow,
        Purpose.RIGHTS,
        RetentionKind.MEMBER,
        ErasureKind.DELETE,
        plain="id group_id row_version card_level card_master card_command",
        member="member_id",
        actor="suspended_by",
        identity="masked",
        sealed="holder_key sealed card_key card_next",
        about="kind lent assurance status valid_from valid_until created_at card_kind"
        " own_page_from suspended_because",
    ),
    PersonalDataRule(CardMasterRow, plain="version sealed check_value created_at"),
    PersonalDataRule(
        SiteKeyRow,
        plain="site_id generation begun_at ready_at ended_at cleared_at",
        sealed="sealed",
    ),
    PersonalDataRule(
        CredentialAt,
        Purpose.RIGHTS,
        RetentionKind.MEMBER,
        ErasureKind.DELETE,
        plain="site_id generation",
        sealed="ours theirs holder_key",
    ),
)
