"""Problems with an OpenID provider, as types."""

from enum import StrEnum


class Problem(StrEnum):
    """Why a sign-in through the provider failed."""

    AWAY = "away"
    """The provider does not respond, or not with a valid response."""
    OTHER_ISSUER = "other_issuer"
    """The provider's issuer differs from the one in the settings."""
    NOT_SAFE = "not_safe"
    """One of its addresses does not use https."""
    CLIENT = "client"
    """The provider rejects our client id, secret or redirect address."""
    DECLINED = "declined"
    """The person declined there, or is not allowed to sign in."""
    CODE = "code"
    """The authorisation code is too old, or was used before."""
    TOKEN = "token"  # noqa: S105 - a word
    """The token is not signed by the provider, not for us, or not for this sign-in."""
    NOT_NOW = "not_now"
    """The provider should have asked the person to sign in again, and did not."""


class ProviderProblem(Exception):
    """The provider gave no valid answer."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem}: {detail}")
        self.problem = problem
        self.detail = detail
        """For the person who sets it up, in one line; never a secret."""
