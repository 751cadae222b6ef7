"""The list of a site's accounts, with its tokens and what is wrong with an invitation."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import abort, render_template, request

from controller.capabilities.accounts import accounts as account_rules
from controller.capabilities.accounts import second_factors, staff, tokens
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from controller.kernel.names import names_of
from controller.kernel.paging import Cursor
from webui.accounts.account_view import (
    AccountLine,
    RoleChoice,
    RoleLine,
    TokenLine,
    account_line,
    choices,
    role_lines,
    token_line,
)
from webui.context import context
from webui.guard import account, actor, is_allowed, site, site_zone
from webui.i18n import _

PAGE = 40
"""Accounts on one page of the list."""
LONGEST_QUERY = 80
SEARCHED_FROM = 15
"""From how many accounts on they are searched; fewer are all listed, those of members too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """What the list of the site's accounts shows."""

    rows: tuple[AccountLine, ...]
    query: str
    is_searched: bool
    """Whether there are enough accounts for a search."""
    after: str | None
    next: str | None
    team: int
    secured: int
    invited: int
    roles: tuple[RoleLine, ...]
    tokens: tuple[TokenLine, ...]
    is_required: bool
    may_require: bool
    is_alone: bool
    """Whether nobody else is an admin here."""
    may_write: bool
    has_mail: bool
    login: str = ""
    email: str = ""
    """Where the invitation is sent; empty: to the login."""
    choices: tuple[RoleChoice, ...] = ()
    wrong: str = ""
    existing_account: str = ""
    """The id of the existing account with this login; empty: there is none here."""


def show_list(
    login: str = "", chosen: tuple[Role, ...] = (), *, wrong: str = "", taken_login: str = ""
) -> str:
    """Render the list, with what was typed into the form of an invitation."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    after, web, place = request.args.get("after"), context(), site()
    now, zone, may_write = (web.clock(), site_zone(), is_allowed(Permission.ACCOUNTS_WRITE))
    with web.database.read() as db:
        counts = staff.counts(db, place.id, actor=actor(), now=now)
        is_long = sum(counts.by_role.values()) >= SEARCHED_FROM
        accounts_page = staff.page(
            db,
            place.id,
            query,
            actor=actor(),
            cursor=Cursor(after=after, limit=PAGE),
            with_members=not is_long,
        )
        own, key = own_id(), _id_of_login(db, taken_login) if taken_login else ""
        if taken_login:
            wrong = _already_exists_text(is_here=bool(key))
        page = ListPage(
            rows=tuple(account_line(row, own, now, zone) for row in accounts_page.items),
            query=query,
            is_searched=is_long or bool(query),
            after=after,
            next=accounts_page.next,
            team=counts.team,
            secured=counts.secured,
            invited=counts.invited,
            roles=role_lines(counts),
            tokens=_tokens(db, now, zone) if may_write else (),
            is_required=second_factors.is_required(db, place.id),
            may_require=second_factors.has_factor(db, own),
            is_alone=counts.by_role.get(Role.ADMIN, 0) < 2,
            may_write=may_write,
            has_mail=web.settings.mail.is_on,
            login=login,
            email=request.form.get("email", "").strip(),
            choices=choices(chosen),
            wrong=wrong,
            existing_account=key,
        )
    return render_template("accounts/accounts.html", page=page)


def _already_exists_text(*, is_here: bool) -> str:
    """Return the message for an invitation to an account that exists already."""
    if is_here:
        return _("This account already exists: nothing has changed.")
    return _(
        "This account already exists at another place: nothing has changed. Invite the person "
        "under another name. Only an admin of both places can give this account a role here, "
        "through the API."
    )


def _id_of_login(db: Session, login: str) -> str:
    """Return the id of the account with this login; empty if this site does not know it."""
    try:
        return staff.get(db, site().id, account_rules.id_of(db, login), actor=actor()).id
    except NotFound:
        return ""


def _tokens(db: Session, now: Utc, zone: ZoneInfo) -> tuple[TokenLine, ...]:
    site_tokens = tokens.of_site(db, site().id, actor=actor_of_all_sites())
    owners = names_of(db, {f"account:{token.account_id}" for token in site_tokens})
    return tuple(
        token_line(token, owners.get(f"account:{token.account_id}", ""), now, zone)
        for token in site_tokens
    )


def actor_of_all_sites() -> Actor:
    """Return the signed-in account as an actor, with its roles at all sites that are open to it.

    Closing an account requires being an admin wherever that account has a role. Callers check
    first that the account is known at this page's site.
    """
    who = account()
    return who.open_actor if who else abort(401)


def own_id() -> str:
    """Return the id of the signed-in account; empty: nobody is signed in."""
    who = account()
    return who.id if who else ""
