"""What an account may be at a site."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is at one site."""

    MEMBER = "member"
    TRAINER = "trainer"
    DESK = "desk"
    OBSERVER = "observer"
    DPO = "dpo"
    MANAGER = "manager"
    ADMIN = "admin"
