"""What the tables of badges hold of people: the badges that they carry."""

from controller.capabilities.badges.models import CredentialRow
from controller.kernel.privacy import Erased, Keep, Kept, Purpose

KEEPS = (
    Keep(
        CredentialRow,
        Purpose.RIGHTS,
        Kept.MEMBER,
        Erased.DELETE,
        plain="id group_id row_version",
        member="member_id",
        identity="masked",
        sealed="holder_key sealed",
        about="kind lent assurance status valid_from valid_until created_at",
    ),
)
