"""Who acts, and the one table of what each role may do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from controller.domain.time import Utc
from controller.kernel.errors import Forbidden
from controller.kernel.roles import Role as Role


class Permission(StrEnum):
    """What can be allowed; also the scopes of API tokens."""

    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    CREDENTIALS_WRITE = "credentials:write"
    CERTIFY = "certify"
    RULES_READ = "rules:read"
    RULES_WRITE = "rules:write"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"
    LIVE_READ = "live:read"
    COMMAND = "command"
    DESK = "desk"
    """What users told, and the notes that one shift leaves to the next."""
    EVENTS_READ = "events:read"
    REPORTS_READ = "reports:read"
    ACCOUNTS_WRITE = "accounts:write"
    AUDIT_READ = "audit:read"
    OWN_WRITE = "own:write"
    """To book, enrol, tell, supervise and make tokens in one's own name: more than to read."""
    OWN_DATA = "own:data"
    """Everything that is held about oneself."""
    PERSONAL_DATA = "personal:data"
    """Everything that is held about anybody: to give it out, and to erase it."""
    INCIDENTS = "incidents"
    """With a second person: who passed a door."""


_P = Permission
_OWN = frozenset({_P.RULES_READ, _P.OWN_WRITE, _P.OWN_DATA})
_DESK = _OWN | {
    _P.MEMBERS_READ,
    _P.MEMBERS_WRITE,
    _P.CREDENTIALS_WRITE,
    _P.AGENTS_READ,
    _P.LIVE_READ,
    _P.COMMAND,
    _P.DESK,
}
_MANAGER = _DESK | {
    _P.CERTIFY,
    _P.RULES_WRITE,
    _P.AGENTS_WRITE,
    _P.EVENTS_READ,
    _P.REPORTS_READ,
    _P.PERSONAL_DATA,
    _P.INCIDENTS,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.MEMBER: _OWN,
    Role.TRAINER: _OWN | {_P.MEMBERS_READ, _P.LIVE_READ},
    Role.DESK: _DESK,
    Role.OBSERVER: _OWN | {_P.REPORTS_READ},
    Role.DPO: frozenset({_P.AUDIT_READ, _P.OWN_DATA, _P.PERSONAL_DATA}),
    Role.MANAGER: _MANAGER,
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: an account, through a page or a token, or a program of the place itself."""

    ref: str
    """Opaque reference for the audit: `account:ID`, `token:ID`, `system:NAME`."""
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    """Roles by site."""
    account_id: str | None = None
    member_id: str | None = None
    scopes: frozenset[Permission] | None = None
    """Narrower than the roles, for a token; None: all that the roles allow."""
    per_minute: int | None = None
    """How many requests a token may make in a minute; None: no token."""
    expires_at: Utc | None = None
    """When a token ends; None: never, or no token."""
    is_system: bool = False

    @classmethod
    def system(cls, name: str) -> Self:
        """The command line, the hub or the demo, which may do everything."""
        return cls(ref=f"system:{name}", is_system=True)

    def may(self, permission: Permission, site_id: str) -> bool:
        """Whether the roles at that site, within the scopes, allow it."""
        if self.is_system:
            return True
        if self.scopes is not None and permission not in self.scopes:
            return False
        return any(permission in ROLE_PERMISSIONS[role] for role in self.roles.get(site_id, ()))

    def require(self, permission: Permission, site_id: str) -> None:
        """Raise Forbidden unless it is allowed at that site."""
        if not self.may(permission, site_id):
            raise Forbidden(f"this needs {permission} at {site_id}")

    def require_anywhere(self, permission: Permission) -> None:
        """Raise Forbidden unless it is allowed at some site; for what sites share."""
        if not (self.is_system or self.sites(permission)):
            raise Forbidden(f"this needs {permission}")

    def sites(self, permission: Permission) -> frozenset[str] | None:
        """The sites at which it is allowed; None: all."""
        if self.is_system:
            return None
        return frozenset(site for site in self.roles if self.may(permission, site))
