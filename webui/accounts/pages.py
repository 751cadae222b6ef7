"""Pages of accounts: the list, one account, invitations, and codes printed on paper."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import (
    admin,
    invitations,
    linked_record,
    mailed_links,
    second_factors,
    staff,
    tokens,
)
from controller.capabilities.accounts.shapes import NewAccount
from controller.capabilities.accounts.staff import StaffAccount
from controller.capabilities.members import members, names, search
from controller.capabilities.members.network import known_at
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ServiceError, Stale
from controller.kernel.names import names_of
from controller.kernel.validate import parse
from webui.accounts import role_words, roles_form
from webui.accounts.account_view import (
    AccountLine,
    RecordLine,
    RoleChange,
    RoleChoice,
    RoleLine,
    account_line,
    choices,
    record_line,
    role_change,
    role_lines,
)
from webui.accounts.team_list import actor_of_all_sites, own_id, show_list
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, plural
from webui.i18n.dates import day, format_relative
from webui.navigation import SETTINGS, Nav
from webui.parts import CardState
from webui.request_transaction import request_transaction
from webui.undo import done_with_undo, flash_done
from webui.write_actions import SECRET, answer_errors, write_action

LONGEST_REASON = 300
_READ, _WRITE = Permission.ACCOUNTS_READ, Permission.ACCOUNTS_WRITE

pages = Pages("accounts", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePage:
    """What the page of one account shows."""

    row: AccountLine
    version: int
    choices: tuple[RoleChoice, ...]
    effect: RoleChange | None
    name_warnings: tuple[str, ...]
    """Why the effect may be that of another account than the name suggests."""
    roles: tuple[RoleLine, ...]
    may_write: bool
    may_all: bool
    """Whether the signed-in account is an admin of every site at which this account has a role."""
    may_withdraw: bool
    sessions: int
    address: str
    """The address that was searched for, to find the member's record to link to."""
    record: RecordLine | None
    wrong: str
    """Why no record was found; empty: one was, or none was searched for."""


def card_state() -> CardState:
    """Return how many accounts the team has, and how many of them have a second factor."""
    with request_transaction() as db:
        counts = staff.counts(db, site().id, actor=actor(), now=context().clock())
    people = plural("%(n)s person", "%(n)s people", counts.team)
    text = _("%(people)s, %(n)s with a second factor", people=people, n=counts.secured)
    return CardState(text, needs_act=not counts.secured)


@pages.get(
    "/accounts",
    _READ,
    nav=Nav(
        entry=SETTINGS,
        icon="key-round",
        text=lambda: _("Accounts"),
        also="accounts logins users roles comptes utilisateurs rôles connexions tokens jetons "
        "invite inviter",
        place=40,
        card=card_state,
    ),
)
def show() -> ResponseReturnValue:
    """List the accounts of the team; with a search text, all accounts whose name contains it."""
    return show_list()


def _choices() -> dict[str, dict[str, str]]:
    """Return the names of the roles in these forms."""
    return {"role": {role.value: text for role, text in role_words.names().items()}}


@pages.post("/accounts", _WRITE, grave=N_("Create an account with these roles"), choices=_choices)
def invite() -> ResponseReturnValue:
    """Create an account with roles; send its link by mail, or show its code once."""
    web, login = context(), request.form.get("login", "").strip()
    to = request.form.get("email", "").strip() or login
    by_mail = web.settings.mail.is_on and request.form.get("by") == "mail"
    roles = roles_form.read(request.form)
    data = {"login": login, "roles": {site().id: [role.value for role in roles]}}
    with (
        answer_errors(
            Invalid, lambda error: (show_list(login, roles, wrong=_refusal_text(error)), 422)
        ),
        write_action(
            Conflict, lambda _error: (show_list(login, roles, taken_login=login), 422)
        ) as (db, now),
    ):
        new = parse(data | {"language": site().language.value}, NewAccount)
        key, code = invitations.invite(db, new, actor=actor(), now=now)
        if by_mail:
            _mail_invitation(db, key, to)
    if by_mail:
        flash_done(
            _(
                "Invitation sent to %(address)s. It works once and expires after seven days.",
                address=to,
            )
        )
        return redirect(url_for("accounts.one", key=key), 303)
    return _render_code(key, code, is_invitation=True)


@pages.post(
    "/accounts/second-factor",
    _WRITE,
    grave=N_("Change whether managers and administrators need a second factor"),
)
def require_factor() -> ResponseReturnValue:
    """Require a second factor of the site's managers and admins, or no longer require it."""
    required = request.form.get("required", "")
    if required not in ("yes", "no"):
        abort(400)
    back = redirect(url_for("accounts.show"), 303)
    with write_action(
        Conflict,
        _("First add your own in “My account”. Otherwise, you would lose access to this page."),
        back,
    ) as (db, now):
        second_factors.require(db, site().id, required=required == "yes", actor=actor(), now=now)
    flash_done(_("Second factor required.") if required == "yes" else _("Second factor optional."))
    return back


@pages.post("/accounts/tokens/<token>/revoke", _WRITE)
def revoke_token(token: str) -> ResponseReturnValue:
    """Revoke a token, which can be undone for a minute."""
    web = context()
    with web.database.write() as db:
        site_tokens = tokens.of_site(db, site().id, actor=actor_of_all_sites())
        if token not in {own_token.id for own_token in site_tokens}:
            raise NotFound("token", token)
        revoked = tokens.revoke(db, token, actor=actor_of_all_sites(), now=web.clock())
    text = _("Token “%(name)s” revoked: it no longer works.", name=revoked.name)
    done_with_undo(text, "accounts.give_token_back", token=token)
    return redirect(url_for("accounts.show"), 303)


@pages.post("/accounts/tokens/<token>/give-back", _WRITE)
def give_token_back(token: str) -> ResponseReturnValue:
    """Undo the revocation of a token."""
    back = redirect(url_for("accounts.show"), 303)
    with write_action(Conflict, _("Too late: create another token."), back) as (db, now):
        tokens.undo_revoke(db, token, actor=actor_of_all_sites(), now=now)
    flash_done(_("Token restored."))
    return back


@pages.get("/accounts/<key>", _READ)
def one(key: str) -> ResponseReturnValue:
    """Show one account; with roles in the address, show what they would change."""
    web, place = context(), site()
    now, zone, may_write = web.clock(), site_zone(), is_allowed(_WRITE)
    with web.database.read() as db:
        account = staff.get(db, place.id, key, actor=actor())
        opened = staff.open_sessions(db, key, now=now)
        may_all = may_write and staff.is_administered(db, key, actor=actor_of_all_sites())
        address = request.args.get("email", "").strip()
        record = _find_record(db, address, now, zone) if may_all and address else None
        is_preview = roles_form.FIELD in request.args
        warnings = _name_warnings(db, account, now, zone) if is_preview and may_write else ()
    chosen = roles_form.read(request.args) if is_preview else account.roles
    page = OnePage(
        row=account_line(account, own_id(), now, zone),
        version=account.version,
        choices=choices(chosen),
        effect=role_change(account.roles, chosen) if is_preview else None,
        name_warnings=warnings,
        roles=role_lines(),
        may_write=may_write,
        may_all=may_all,
        may_withdraw=account.invited_until is not None,
        sessions=opened,
        address=address,
        record=record,
        wrong=_not_found() if may_all and address and record is None else "",
    )
    return render_template("accounts/account.html", page=page)


@pages.post(
    "/accounts/<key>/roles", _WRITE, grave=N_("Change the roles of an account"), choices=_choices
)
def give(key: str) -> ResponseReturnValue:
    """Change the account's roles here, with a reason for the audit log."""
    roles = roles_form.read(request.form)
    patch = {"roles": {site().id: [role.value for role in roles]}}
    reason = request.form.get("reason", "").strip()[:LONGEST_REASON] or None
    version = _version()

    def change(db: Session, now: Utc) -> None:
        admin.change(db, key, patch, version=version, actor=actor(), now=now, reason=reason)

    return _change_account(key, change, _("Roles saved. They apply immediately."))


@pages.post(
    "/accounts/<key>/reset", _WRITE, grave=N_("Give somebody a new way to sign in to an account")
)
def reset(key: str) -> ResponseReturnValue:
    """Show a code for somebody who lost their password or phone."""

    def make(db: Session, now: Utc) -> str:
        return invitations.reset(db, key, actor=actor_of_all_sites(), now=now)

    return _create_code(key, make, is_invitation=False)


@pages.post("/accounts/<key>/invitation", _WRITE, grave=N_("Show a new code for an invitation"))
def invite_again(key: str) -> ResponseReturnValue:
    """Show a new code for an invitation; the earlier one no longer works."""

    def make(db: Session, now: Utc) -> str:
        return invitations.reissue(db, key, actor=actor_of_all_sites(), now=now)

    return _create_code(key, make, is_invitation=True)


@pages.post("/accounts/<key>/withdraw", _WRITE)
def withdraw(key: str) -> ResponseReturnValue:
    """Withdraw an invitation."""

    def change(db: Session, now: Utc) -> None:
        invitations.withdraw(db, key, actor=actor_of_all_sites(), now=now)

    return _change_account(
        key, change, _("Invitation withdrawn: its code no longer works."), to_list=True
    )


@pages.post("/accounts/<key>/member", _WRITE, grave=N_("Link an account to a member’s record"))
def link(key: str) -> ResponseReturnValue:
    """Link the account to the member's record that the page has shown."""
    patch = {"member_id": request.form.get("member", "")}

    def change(db: Session, now: Utc) -> None:
        try:
            admin.change(db, key, patch, version=None, actor=actor_of_all_sites(), now=now)
        except linked_record.OwnMaking:
            raise
        except Conflict as problem:
            raise Invalid.of("member_id", "this member has an account already") from problem

    return _change_account(key, change, _("Account linked to its record."))


@pages.post("/accounts/<key>/disable", _WRITE, grave=N_("Close an account"))
def disable(key: str) -> ResponseReturnValue:
    """Close an account: it can't sign in, its tokens end, its roles are kept."""

    def change(db: Session, now: Utc) -> None:
        admin.disable(db, key, actor=actor_of_all_sites(), now=now)

    text = _("Account closed: its sessions and tokens have ended.")
    return _change_account(key, change, text, undo="accounts.enable")


@pages.post("/accounts/<key>/enable", _WRITE, grave=N_("Reopen an account with its roles"))
def enable(key: str) -> ResponseReturnValue:
    """Reopen a closed account."""

    def change(db: Session, now: Utc) -> None:
        admin.enable(db, key, actor=actor_of_all_sites(), now=now)

    return _change_account(key, change, _("Account reopened, with the roles that it had."))


@pages.post("/accounts/<key>/sign-out", _WRITE)
def sign_out(key: str) -> ResponseReturnValue:
    """End the account's sessions in all browsers."""

    def change(db: Session, now: Utc) -> None:
        admin.sign_out(db, key, actor=actor_of_all_sites(), now=now)

    return _change_account(key, change, _("All sessions of this account have ended."))


def _mail_invitation(db: Session, key: str, to: str) -> None:
    """Send the invitation by mail. Raises Invalid if the address is not valid."""
    web = context()
    mailed_links.invite(db, key, to, web_secret=web.secret, site_id=site().id, now=web.clock())


def _version() -> int:
    text = request.form.get("version", "")
    if not (text.isdecimal() and len(text) < 10):
        abort(400)
    return int(text)


def _change_account(
    key: str,
    change: Callable[[Session, Utc], object],
    text: str,
    *,
    undo: str = "",
    to_list: bool = False,
) -> ResponseReturnValue:
    """Run a change in a transaction, report the result, and go back to the account.

    `to_list` goes back to the list instead; `undo` names the endpoint that undoes the change.
    """
    with write_action(
        ServiceError, _refusal_text, redirect(url_for("accounts.one", key=key), 303)
    ) as (db, now):
        staff.get(db, site().id, key, actor=actor())
        change(db, now)
    if undo:
        done_with_undo(text, undo, key=key)
    else:
        flash_done(text)
    to = url_for("accounts.show") if to_list else url_for("accounts.one", key=key)
    return redirect(to, 303)


def _create_code(
    key: str, make: Callable[[Session, Utc], str], *, is_invitation: bool
) -> ResponseReturnValue:
    with write_action(
        ServiceError, _refusal_text, redirect(url_for("accounts.one", key=key), 303)
    ) as (db, now):
        staff.get(db, site().id, key, actor=actor())
        code = make(db, now)
    return _render_code(key, code, is_invitation=is_invitation)


def _refusal_text(error: ServiceError) -> str:
    if isinstance(error, Stale):
        return _("This account has changed in the meantime. This is its current state.")
    if isinstance(error, Forbidden):
        return _("This account also has a role at a place that you do not administer.")
    if isinstance(error, linked_record.OwnMaking):
        return _(
            "This account created this record, or entered its address. Somebody else must create "
            "the record, or enter the address again."
        )
    if isinstance(error, Invalid) and any(
        field_error.field == "login" for field_error in error.errors
    ):
        return _("An e-mail address, or a name without spaces.")
    if isinstance(error, Invalid) and any(
        field_error.field == "email" for field_error in error.errors
    ):
        return _("Enter the e-mail address to send the invitation to.")
    if isinstance(error, Invalid) and any(
        field_error.field == "member_id" for field_error in error.errors
    ):
        return _not_found()
    if isinstance(error, Invalid):
        return _("An account needs at least one role. To disable it, close it.")
    return _(
        "This is not possible: a place needs an administrator, and an account that has been used "
        "can’t be withdrawn."
    )


def _not_found() -> str:
    return _("Enter the address of one record of this place that has no account yet.")


def _render_code(key: str, code: str, *, is_invitation: bool) -> ResponseReturnValue:
    web, zone = context(), site_zone()
    with web.database.read() as db:
        account = staff.get(db, site().id, key, actor=actor())
    until = account.invited_until
    page = render_template(
        "accounts/paper.html",
        key=key,
        login=account.login,
        code=code.split("-"),
        until=day(until, web.clock(), zone) if until else "",
        is_invitation=is_invitation,
        address=web.settings.web.public_url + url_for("first.recover"),
    )
    return page, SECRET


def _name_warnings(db: Session, account: StaffAccount, now: Utc, zone: ZoneInfo) -> tuple[str, ...]:
    """Return that the name was changed lately, and that somebody else has it (decision 0330)."""
    if account.member_id is None:
        return ()
    texts = []
    if at := names.renamed_at(db, [account.member_id], now).get(account.member_id):
        texts.append(_("name changed: %(day)s", day=format_relative(at, now, zone)))
    if members.has_namesake(db, account.member_id):
        texts.append(_("Somebody else has the same name: make sure that this is the right person."))
    return tuple(texts)


def _find_record(db: Session, address: str, now: Utc, zone: ZoneInfo) -> RecordLine | None:
    """Return the record of this place with this address; None unless there is exactly one."""
    if "@" not in address:
        return None
    matches = search.matching_members(db, address, known_at([site().id]), actor=actor()).items
    if len(matches) != 1:
        return None
    record = linked_record.record(db, matches[0])
    authors = names_of(db, [author for author in (record.made_by, record.address_by) if author])
    return record_line(record, authors, now, zone)
