"""Views of accounts, roles and tokens for the pages, with texts in the page's language."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.accounts.linked_record import Record
from controller.capabilities.accounts.staff import Counts, StaffAccount
from controller.capabilities.accounts.tokens import Token
from controller.domain.time import Utc
from controller.kernel.actor import Role
from webui.accounts import role_words
from webui.i18n import _, plural
from webui.i18n.dates import Moment, day, relative

IDLE_DAYS = 90
"""A token that has not been used for this many days is shown as idle."""
ROW_LIMIT = 3
"""How many scopes of a token are listed; of the rest only the number is shown."""
ROLE_ORDER = (
    Role.MEMBER,
    Role.DESK,
    Role.TRAINER,
    Role.OBSERVER,
    Role.TREASURER,
    Role.MANAGER,
    Role.DPO,
    Role.ADMIN,
)
"""The order in which pages list the roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInMethod:
    """How an account signs in, as text and icon."""

    icon: str
    text: str
    is_weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """An account in the list."""

    id: str
    name: str
    login: str
    """Empty if the name is shown anyway."""
    is_own: bool
    roles: tuple[str, ...]
    how: SignInMethod
    seen: Moment | None
    """When the account last signed in."""
    disabled: bool
    invited: str
    """Text that says until when the invitation is valid; empty: none is pending."""
    is_linked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChoice:
    """A role as a checkbox."""

    value: str
    name: str
    summary: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChange:
    """What a change of roles would add and remove, as texts of permissions."""

    gains: tuple[str, ...]
    """Texts of permissions that the change adds."""
    loses: tuple[str, ...]
    """Texts of permissions that it removes."""
    without: tuple[str, ...]
    """What neither the present nor the new roles allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLine:
    """A role, its purpose, and how many accounts have it."""

    name: str
    summary: str
    permissions: tuple[str, ...]
    """Texts of everything that the role allows."""
    count: int | None
    """Number of accounts; None: not counted here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """A token in the list."""

    id: str
    name: str
    owner: str
    until: str
    scopes: str
    used: Moment | None
    is_idle: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """A member's record that the account may be linked to, with what reveals a false record."""

    member_id: str
    name: str
    since: Moment
    made_by: str
    address_by: str
    has_namesake: bool


def record_line(record: Record, names: Mapping[str, str], now: Utc, zone: ZoneInfo) -> RecordLine:
    """Return a record's view, with the names of who created it and who entered its address."""
    imported = _("an import")
    return RecordLine(
        member_id=record.member_id,
        name=record.name,
        since=relative(record.created_at, now, zone),
        made_by=names.get(record.made_by, record.made_by) if record.made_by else imported,
        address_by=names.get(record.address_by, record.address_by)
        if record.address_by
        else imported,
        has_namesake=record.has_namesake,
    )


def account_line(account: StaffAccount, own_id: str, now: Utc, zone: ZoneInfo) -> AccountLine:
    """Return the view of one account."""
    names = role_words.names()
    return AccountLine(
        id=account.id,
        name=account.name or account.login,
        login=account.login if account.name else "",
        is_own=account.id == own_id,
        roles=tuple(names[role] for role in ROLE_ORDER if role in account.roles),
        how=sign_in_method(account),
        seen=relative(account.signed_in_at, now, zone) if account.signed_in_at else None,
        disabled=account.disabled_at is not None,
        invited=_invitation_text(account, now, zone),
        is_linked=account.member_id is not None,
    )


def sign_in_method(account: StaffAccount) -> SignInMethod:
    """Return how the account signs in.

    A password alone counts as weak for accounts that can change other people's rights.
    """
    if "passkey" in account.factors:
        return SignInMethod(icon="fingerprint", text=_("passkey"))
    if "authenticator" in account.factors:
        return SignInMethod(icon="smartphone", text=_("password and code"))
    if not account.has_password:
        return SignInMethod(icon="circle-dashed", text=_("nothing yet"))
    if {Role.ADMIN, Role.MANAGER} & set(account.roles):
        return SignInMethod(icon="triangle-alert", text=_("password only"), is_weak=True)
    return SignInMethod(icon="key-round", text=_("password"))


def _invitation_text(account: StaffAccount, now: Utc, zone: ZoneInfo) -> str:
    if account.invited_until is None:
        return ""
    if account.invited_until <= now:
        return _("invitation expired")
    return _("invited, until %(day)s", day=day(account.invited_until, now, zone))


def choices(chosen: Collection[Role]) -> tuple[RoleChoice, ...]:
    """Return all roles as checkboxes, the chosen ones ticked."""
    names, summaries = role_words.names(), role_words.summaries()
    return tuple(
        RoleChoice(
            value=role.value, name=names[role], summary=summaries[role], chosen=role in chosen
        )
        for role in ROLE_ORDER
    )


def role_change(present: Collection[Role], chosen: Collection[Role]) -> RoleChange:
    """Return what changing from the present roles to the chosen ones would add and remove."""
    before, after, texts = (
        role_words.allowed_permissions(present),
        role_words.allowed_permissions(chosen),
        role_words.permission_texts(),
    )
    return RoleChange(
        gains=tuple(text for key, text in texts.items() if key in after - before),
        loses=tuple(text for key, text in texts.items() if key in before - after),
        without=tuple(text for key, text in texts.items() if key not in after | before),
    )


def role_lines(counts: Counts | None = None) -> tuple[RoleLine, ...]:
    """Return each role with its purpose and what it allows, to read before giving it."""
    names, summaries, texts = (
        role_words.names(),
        role_words.summaries(),
        role_words.permission_texts(),
    )
    return tuple(
        RoleLine(
            name=names[role],
            summary=summaries[role],
            permissions=tuple(
                texts[key] for key in texts if key in role_words.allowed_permissions({role})
            ),
            count=None if counts is None else counts.by_role.get(role, 0),
        )
        for role in ROLE_ORDER
    )


def token_line(token: Token, owner: str, now: Utc, zone: ZoneInfo) -> TokenLine:
    """Return the view of a token."""
    texts = role_words.permission_texts()
    last = token.used_at or token.created_at
    ends = token.expires_at
    return TokenLine(
        id=token.id,
        name=token.name,
        owner=owner,
        until=_("until %(day)s", day=day(ends, now, zone)) if ends else _("no end date"),
        scopes=_scopes([_scope(texts.get(scope, scope)) for scope in token.scopes]),
        used=relative(token.used_at, now, zone) if token.used_at else None,
        is_idle=(now - last).days >= IDLE_DAYS,
    )


def _scopes(texts: Sequence[str]) -> str:
    """Return the first few texts and how many more there are."""
    if not texts:
        return _("everything that its account may do")
    first, more = ", ".join(texts[:ROW_LIMIT]), len(texts) - ROW_LIMIT
    if more <= 0:
        return first
    return plural("%(first)s, and %(n)s more", "%(first)s, and %(n)s more", more, first=first)


def _scope(text: str) -> str:
    """Return the text in the form for a list within a line."""
    return text[:1].lower() + text[1:].rstrip(".")
