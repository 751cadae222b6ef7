"""Actors, their roles at sites, and permissions."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar, Self

from controller.domain.time import Utc
from controller.kernel.errors import Forbidden

# The roles that an account can have at a site.


class Role(StrEnum):
    """What somebody is at one site."""

    MEMBER = "member"
    TRAINER = "trainer"
    DESK = "desk"
    OBSERVER = "observer"
    DPO = "dpo"
    TREASURER = "treasurer"
    """Sees money, but no badges, doors or passages."""
    MANAGER = "manager"
    ADMIN = "admin"


class Permission(str):
    """A permission such as `members:read`, with the roles that have it; also a scope of tokens.

    Permissions used by several features are defined here; a feature defines others of its own.
    """

    roles: frozenset[Role]

    MEMBERS_READ: ClassVar["Permission"]
    MEMBERS_WRITE: ClassVar["Permission"]
    CREDENTIALS_WRITE: ClassVar["Permission"]
    CERTIFY: ClassVar["Permission"]
    RULES_READ: ClassVar["Permission"]
    RULES_WRITE: ClassVar["Permission"]
    AGENTS_READ: ClassVar["Permission"]
    AGENTS_WRITE: ClassVar["Permission"]
    LIVE_READ: ClassVar["Permission"]
    COMMAND: ClassVar["Permission"]
    DESK: ClassVar["Permission"]
    """User reports, and the handover notes between shifts."""
    EVENTS_READ: ClassVar["Permission"]
    REPORTS_READ: ClassVar["Permission"]
    ACCOUNTS_READ: ClassVar["Permission"]
    """To read accounts, their roles and sign-in methods, but not to change them."""
    ACCOUNTS_WRITE: ClassVar["Permission"]
    AUDIT_READ: ClassVar["Permission"]
    OWN_WRITE: ClassVar["Permission"]
    """To book, enrol, report, supervise and create tokens for themselves."""
    OWN_DATA: ClassVar["Permission"]
    """To read all data that is stored about themselves."""
    PERSONAL_DATA: ClassVar["Permission"]
    """To export and erase the data that is stored about anybody."""
    MONEY_WRITE: ClassVar["Permission"]
    """To set tariffs, remit, close a month or the day's till, hand over cash, correct entries."""
    INCIDENTS: ClassVar["Permission"]
    """To search, with a second person's consent, who passed a door or used a machine."""

    def __new__(cls, name: str, roles: Iterable[Role] = ()) -> Self:
        """`roles`: those that have it besides admin, which has every permission."""
        permission = super().__new__(cls, name)
        permission.roles = frozenset({*roles, Role.ADMIN})
        return permission


_MANAGER = (Role.MANAGER,)
_DESK = (*_MANAGER, Role.DESK)
_OWN = (*_DESK, Role.TRAINER, Role.OBSERVER, Role.MEMBER)

Permission.MEMBERS_READ = Permission("members:read", (*_DESK, Role.TRAINER))
Permission.MEMBERS_WRITE = Permission("members:write", _DESK)
Permission.CREDENTIALS_WRITE = Permission("credentials:write", _DESK)
Permission.CERTIFY = Permission("certify", _MANAGER)
Permission.RULES_READ = Permission("rules:read", _OWN)
Permission.RULES_WRITE = Permission("rules:write", _MANAGER)
Permission.AGENTS_READ = Permission("agents:read", _DESK)
Permission.AGENTS_WRITE = Permission("agents:write", _MANAGER)
Permission.LIVE_READ = Permission("live:read", (*_DESK, Role.TRAINER))
Permission.COMMAND = Permission("command", _DESK)
Permission.DESK = Permission("desk", _DESK)
Permission.EVENTS_READ = Permission("events:read", _MANAGER)
Permission.REPORTS_READ = Permission("reports:read", (*_MANAGER, Role.OBSERVER))
Permission.ACCOUNTS_READ = Permission("accounts:read", _MANAGER)
Permission.ACCOUNTS_WRITE = Permission("accounts:write")
Permission.AUDIT_READ = Permission("audit:read", (Role.DPO,))
Permission.OWN_WRITE = Permission("own:write", _OWN)
Permission.OWN_DATA = Permission("own:data", (*_OWN, Role.DPO, Role.TREASURER))
Permission.PERSONAL_DATA = Permission("personal:data", (*_MANAGER, Role.DPO))
Permission.MONEY_WRITE = Permission("money:write", (*_MANAGER, Role.TREASURER))
Permission.INCIDENTS = Permission("incidents", _MANAGER)

SHARED = tuple(
    permission for permission in vars(Permission).values() if isinstance(permission, Permission)
)
"""The permissions that are defined here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: an account through a page or a token, or the installation itself."""

    ref: str
    """Opaque reference for the audit: `account:ID`, `token:ID`, `system:NAME`."""
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    account_id: str | None = None
    member_id: str | None = None
    likely_members: frozenset[str] = frozenset()
    """For an account that decides about money and has no linked member: members who may be its
    owner, found by the login (decision 0275)."""
    scopes: frozenset[str] | None = None
    """For a token: the permissions that it is limited to; None: all that the roles allow."""
    per_minute: int | None = None
    """How many requests a token may make per minute; None: not a token."""
    expires_at: Utc | None = None
    """When the token expires; None: never, or not a token."""
    is_system: bool = False

    @property
    def is_token(self) -> bool:
        """Return whether a program acts with a token."""
        return self.per_minute is not None

    @property
    def own_members(self) -> frozenset[str]:
        """Return the ids of the members who are the actor, or may be."""
        return self.likely_members if self.member_id is None else frozenset((self.member_id,))

    @classmethod
    def system(cls, name: str) -> Self:
        """Return an actor for the command line, the hub or the demo, which may do everything."""
        return cls(ref=f"system:{name}", is_system=True)

    def may(self, permission: Permission, site_id: str) -> bool:
        """Return whether the roles at that site, within the scopes, include the permission."""
        if not self.is_system and self.scopes is not None and permission not in self.scopes:
            return False
        return self.may_by_role(permission, site_id)

    def may_by_role(self, permission: Permission, site_id: str) -> bool:
        """Like `may`, but without the scopes: a manager's program may have fewer rights."""
        if self.is_system:
            return True
        return not permission.roles.isdisjoint(self.roles.get(site_id, ()))

    def require(self, permission: Permission, site_id: str) -> None:
        """Raise Forbidden unless the actor has the permission at that site."""
        if not self.may(permission, site_id):
            raise Forbidden(f"this needs {permission} at {site_id}")

    def require_anywhere(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor has the permission at some site."""
        if not (self.is_system or self.sites(permission)):
            raise Forbidden(f"this needs {permission}")

    def without_sites(self, sites: Set[str]) -> Self:
        """Return the actor without its roles at these sites."""
        roles = {site: roles for site, roles in self.roles.items() if site not in sites}
        return replace(self, roles=roles)

    def sites(self, permission: Permission) -> frozenset[str] | None:
        """Return the sites at which the actor has the permission; None: all sites."""
        if self.is_system:
            return None
        return frozenset(site for site in self.roles if self.may(permission, site))
