"""What goes wrong with a provider, as types."""

from enum import StrEnum


class Problem(StrEnum):
    """Why nobody is signed in."""

    AWAY = "away"
    """The provider does not answer, or not as one."""
    OTHER_ISSUER = "other_issuer"
    """It calls itself otherwise than the settings do."""
    NOT_SAFE = "not_safe"
    """One of its addresses is not https."""
    CLIENT = "client"
    """It does not know us, or our secret or address of return is wrong."""
    DECLINED = "declined"
    """Whoever was asked there said no, or may not."""
    CODE = "code"
    """The code is too old, or was used."""
    TOKEN = "token"  # noqa: S105 - a word
    """What it says is not signed by it, not for us, or not of this sign-in."""
    NOT_NOW = "not_now"
    """It was asked to ask again who it is, and did not."""


class ProviderProblem(Exception):
    """The provider has said nothing that counts."""

    def __init__(self, problem: Problem, said: str = "") -> None:
        super().__init__(f"{problem}: {said}")
        self.problem = problem
        self.said = said
        """For whoever sets it up, in one line; never a secret."""
