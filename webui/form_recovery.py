"""Recover a form that was sent after its session had ended: it is shown again after signing in.

Somebody else may have filled in that form, in a page that was left open. So a grave action is not
sent again from here, and any other form only below everything that it contains.

A public form from which somebody goes to sign in is kept in the same way: its page comes back
filled in.
"""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from flask import current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException

from webui import only_provider, same_origin
from webui.addresses import form_address, safe_address
from webui.badges.numbers import is_number
from webui.guard import account, is_htmx_request

if TYPE_CHECKING:
    from webui.feature import Page

KEPT, TOKEN = "kept", "csrf_token"
"""Fields with the recovered form, and with the CSRF token."""
NOBODY = ""
"""Owner of a public form, which was filled in without signing in."""
RECOVERY_S = 3600
"""How long a form can be recovered, in seconds."""
MAX_FORM_BYTES = 60_000
"""Forms with more characters are not kept."""
SECRET_FIELDS = frozenset(
    ["password", "old", "new", "again", "proof_password", "credential", "code", "badge", "token"]
)
"""Fields that are never shown again; values that look like badge numbers aren't either."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{1,6}|[a-z_-]+")
"""Matches values that nobody typed: ids, versions, words of choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredForm:
    """A form that was refused, with a mark of the account in whose session it was opened."""

    owner: str
    action: str
    at: str
    """The page that contained the form."""
    fields: tuple[tuple[str, str], ...]
    is_whole: bool
    """Whether it can be sent again as it was: no field was left out, and its action isn't grave."""

    @property
    def typed(self) -> Sequence[str]:
        """Values that somebody may have typed, to copy them."""
        values = (value.strip() for _name, value in self.fields)
        return tuple(dict.fromkeys(text for text in values if text and not _KEY.fullmatch(text)))

    @property
    def packed(self) -> str:
        """The form as a signed text, for a hidden field of the sign-in form."""
        return _serializer().dumps([self.owner, self.action, self.at, self.fields, self.is_whole])


def token_of(account_id: str) -> str:
    """Return the base of a session's CSRF tokens, which identifies the account."""
    return f"{token_hex(20)}.{_account_mark(account_id)}"


def recover() -> ResponseReturnValue | None:
    """Answer a form whose session has ended; None if this does not apply. The form is not executed.

    The form is shown again only to the same account.
    """
    if request.method != "POST" or is_htmx_request() or not same_origin.is_from_own_page():
        return None
    owner, who, page = _owner(request.form.get(TOKEN, "")), account(), _page_for_accounts()
    if not owner or page is None or (who is not None and _account_mark(who.id) != owner):
        return None
    form = _refused_form(owner)
    form = replace(form, is_whole=form.is_whole and not page.grave)
    if who is not None:
        return _render_again(form), 400
    apart = only_provider.is_on()
    return render_template("errors/form_recovery.html", kept=form, is_apart=apart), 401


def unsaved_form() -> RecoveredForm | None:
    """Return a form that the database could not save, with its token; None if there is none."""
    if request.method != "POST" or is_htmx_request() or not same_origin.is_from_own_page():
        return None
    form = _refused_form("")
    token = request.form.get(TOKEN, "")
    return replace(form, fields=(*form.fields, (TOKEN, token))) if form.is_whole else None


def recovered_page() -> ResponseReturnValue | None:
    """Return the page with the recovered form if its own account has signed in, otherwise None."""
    who = account()
    try:
        content: Any = _serializer().loads(request.form.get(KEPT, ""), max_age=RECOVERY_S)
    except BadData:
        return None
    owner, action, at, fields, is_whole = content
    if who is None or owner not in (NOBODY, _account_mark(who.id)):
        return None
    pairs = tuple((str(name), str(value)) for name, value in fields)
    if owner == NOBODY:
        return filled_page(at, dict(pairs))
    return _render_again(
        RecoveredForm(owner=owner, action=action, at=at, fields=pairs, is_whole=is_whole)
    )


def public_form() -> RecoveredForm:
    """Return the public form that was sent here on the way to signing in.

    It is nobody's, so whoever signs in on this page gets it.
    """
    sent = [field for field in request.form.items(multi=True) if field[0] not in (TOKEN, "next")]
    fields = tuple(field for field in sent if field[0] not in SECRET_FIELDS)
    if sum(len(value) for _name, value in fields) > MAX_FORM_BYTES:
        fields = ()
    at = safe_address(request.form.get("next"))
    return RecoveredForm(owner=NOBODY, action=at, at=at, fields=fields, is_whole=fields == (*sent,))


def filled_page(address: str, fields: Mapping[str, str]) -> ResponseReturnValue | None:
    """Return the public page at the address with its form filled in; None: no such page."""
    routes = current_app.create_url_adapter(request)
    try:
        endpoint, values = (
            routes.match(address.partition("?")[0], "GET") if routes is not None else ("", {})
        )
    except HTTPException:
        return None
    if not any(page.endpoint == endpoint and page.permission is None for page in _pages()):
        return None
    g.form_fields = fields
    page: ResponseReturnValue = current_app.ensure_sync(current_app.view_functions[endpoint])(
        **values
    )
    return page


def kept_fields() -> Mapping[str, str]:
    """Return what was typed into the form of this public page before signing in; empty: nothing."""
    fields: Mapping[str, str] = g.get("form_fields", {})
    return fields


def _render_again(form: RecoveredForm) -> str:
    return render_template("errors/again.html", kept=form)


def _refused_form(owner: str) -> RecoveredForm:
    sent = [field for field in request.form.items(multi=True) if field[0] != TOKEN]
    fields = tuple(field for field in sent if not _is_left_out(*field))
    if sum(len(value) for _name, value in fields) > MAX_FORM_BYTES:
        fields = ()
    return RecoveredForm(
        owner=owner,
        action=request.full_path.rstrip("?"),
        at=form_address(),
        fields=fields,
        is_whole=len(fields) == len(sent) and not request.files,
    )


def _is_left_out(name: str, value: str) -> bool:
    if not value:
        return False
    may_be_number = "phone" not in name and not _DAY.fullmatch(value)
    return name in SECRET_FIELDS or (may_be_number and is_number(value))


def _page_for_accounts() -> "Page | None":
    matches = (page for page in _pages() if page.endpoint == request.endpoint and page.permission)
    return next(matches, None)


def _pages() -> "Iterable[Page]":
    pages: Iterable[Page] = current_app.extensions["pages"]
    return pages


def _owner(token: str) -> str:
    """Return the mark of the account in whose session a token was made; empty: unknown."""
    serializer = URLSafeTimedSerializer(str(current_app.secret_key), salt="wtf-csrf-token")
    try:
        return str(serializer.loads(token)).partition(".")[2]
    except BadData:
        return ""


def _account_mark(account_id: str) -> str:
    key = f"form of {current_app.secret_key!r}".encode()
    return hmac.new(key, account_id.encode(), sha256).hexdigest()[:24]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="interrupted")
