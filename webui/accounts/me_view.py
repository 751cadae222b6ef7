"""What the page of one's own account shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.capabilities.accounts.passkeys import Passkey
from controller.capabilities.accounts.providers import LinkedAccount
from controller.capabilities.accounts.sign_ins import SignIn
from controller.domain.time import Utc
from webui.accounts.account_view import TokenLine
from webui.i18n import _
from webui.parts import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class MePage:
    """What the page shows: how the account signs in, and where it is signed in."""

    login: str
    recovery: str
    """Address to which a link for a new password is sent; empty: there is none."""
    is_confirmed: bool
    has_mail: bool
    is_asked: bool
    """Whether this site requires a second factor that the account lacks."""
    has_phone: bool
    has_begun: bool
    """Whether a phone is being added and its first code is awaited."""
    sign_ins: Sequence[SignIn]
    own_sign_in: str
    """Id of the one that this request belongs to."""
    keys: Sequence[Passkey]
    code_made: Utc | None
    """When a recovery code that can set a new password was printed."""
    provider: str
    """Name of the sign-in provider; empty: the place has none."""
    waits_for_provider: bool
    """Whether nothing else opens until this account is linked to the provider."""
    linked: Sequence[LinkedAccount]
    tokens: tuple[TokenLine, ...]
    working_tokens: int
    """How many tokens are still valid; a new password does not change that."""
    may_make: bool
    """Whether the account may change its own data."""
    may_make_tokens: bool
    """Whether it may also create tokens: it lacks no second factor and no link to the provider."""
    scopes: tuple[Option, ...]
    lengths: tuple[Option, ...]
    name: str = ""
    chosen: tuple[str, ...] = ()
    length: str = "year"
    wrong: dict[str, str] | None = None

    @property
    def protection(self) -> str:
        """What protects the account now, and what would protect it better."""
        if self.keys and self.has_phone:
            return _("Your account is protected by a passkey, and by a code from your phone.")
        if self.keys:
            return _("Your account is protected by a passkey.")
        if self.has_phone:
            return _("Your account is protected by your password and a code from your phone.")
        return _(
            "Only a password protects your account. Add a phone or a passkey to protect it better."
        )
