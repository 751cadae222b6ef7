"""What an account may be at a site."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is at one site."""

    MEMBER = "member"
    TRAINER = "trainer"
    DESK = "desk"
    OBSERVER = "observer"
    DPO = "dpo"
    TREASURER = "treasurer"
    """Sees money, and no badges, doors or passages."""
    MANAGER = "manager"
    ADMIN = "admin"
