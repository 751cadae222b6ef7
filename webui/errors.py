"""Error pages: what happened, and what to do."""

import logging
from contextlib import suppress
from dataclasses import dataclass

from flask import (
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from controller.kernel.actor import Permission
from controller.kernel.errors import ControlCharacter, Forbidden, NotFound
from controller.kernel.health import DatabaseUnavailable
from webui import form_recovery, language
from webui.api.problem import PREFIX, problem
from webui.guard import account, is_allowed, sign_out_of_request
from webui.i18n import _
from webui.write_actions import EarlyAnswer

RETRY_AFTER_S = 5
"""Seconds of Retry-After when the database is unavailable."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What an error page shows: what happened, and a link to go on."""

    code: int
    title: str
    text: str
    href: str
    action: str


def install(app: Flask) -> None:
    """Answer errors with pages in the reader's language."""
    app.register_error_handler(EarlyAnswer, lambda early: early.answer)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(NotFound, _no_such_thing)
    app.register_error_handler(Forbidden, _not_allowed)
    app.register_error_handler(ControlCharacter, _control_character)
    app.register_error_handler(DatabaseUnavailable, _no_database)
    app.register_error_handler(Exception, _server_error)


def page(code: int) -> ErrorPage:
    """Return the page for a status code."""
    title, text = _texts(code)
    return ErrorPage(code=code, title=title, text=text, **_way_on(code))


def _way_on(code: int) -> dict[str, str]:
    """Return the link to continue: to the sign-in page, or to the first page by its name.

    After an error of the server, no account is looked up.
    """
    if code < 500 and account() is None:
        return {"href": url_for("signin.sign_in"), "action": _("Sign in")}
    is_live = code < 500 and is_allowed(Permission.LIVE_READ)
    action = _("Open Live") if is_live else _("Back to the home page")
    return {"href": url_for("live.show"), "action": action}


def _texts(code: int) -> tuple[str, str]:
    if code == 403:
        return (
            _("You don’t have access to this page"),
            _("Your role does not include it. Ask a manager of the place."),
        )
    if code in (404, 405, 410):
        return (
            _("Page not found"),
            _("The page was moved or removed, or the address is incomplete."),
        )
    if code == 413:
        return _("Upload too large"), _("At most 1 MB. Send less at a time.")
    if code == 429:
        return (
            _("Too many attempts"),
            _("Wait a few minutes, then try again. Nothing is blocked for good."),
        )
    if code == 503:
        return (_("Temporarily unavailable"), _("Badges still work. Try again in a minute."))
    if 400 <= code < 500:
        return _("Request not understood"), _("Go back and try again.")
    return (_("Something went wrong"), _("The error is in the server’s log. Badges still work."))


def _error_response(code: int) -> Response:
    if request.path.startswith(f"{PREFIX}/"):
        return problem(code)
    # An answer for a script, not a person; a page with forms would set a cookie for their token.
    if code == 401:
        return Response(_("Sign in"), code, content_type="text/plain; charset=utf-8")
    return make_response(render_template("errors/error.html", error=page(code)), code)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    if error.code == 405 and (page_above := _page_above()) is not None:
        return redirect(page_above, 303)
    answer = _error_response(error.code)
    if error.code == 405:
        answer.headers["Allow"] = ", ".join(_allowed_methods())
    return answer


def _page_above() -> str | None:
    """Return the nearest page above a form's address that was reloaded; None if there is none."""
    adapter = current_app.create_url_adapter(request)
    is_page = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if adapter is None or not is_page:
        return None
    path = request.path
    while path := path.rpartition("/")[0]:
        with suppress(HTTPException):
            adapter.match(path, "GET")
            return path
    return None


def _allowed_methods() -> list[str]:
    """Return the methods of this address, of all its rules (RFC 9110, section 15.5.6)."""
    adapter = current_app.create_url_adapter(request)
    return sorted(adapter.allowed_methods()) if adapter else []


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    """Answer a form that was opened before signing in or out: keep its values for its account if
    possible."""
    _log.info("%s %s: %s", request.method, _address_for_log(), error.description)
    if (answer := form_recovery.recover()) is not None:
        return answer
    if request.path.startswith(f"{PREFIX}/"):
        return problem(400)
    stale = ErrorPage(
        code=400,
        title=_("This page is out of date"),
        text=_("The sign-in has changed since this page was opened. Go back and reload it."),
        **_way_on(400),
    )
    return make_response(render_template("errors/error.html", error=stale), 400)


def _no_database(error: DatabaseUnavailable) -> ResponseReturnValue:
    """Answer 503 because the database is unavailable; nothing was changed.

    Accounts are in the database too, so the user counts as not signed in.
    """
    _log.error("%s %s: %s", request.method, _address_for_log(), error)
    sign_out_of_request()
    language.choose()
    if request.path.startswith(f"{PREFIX}/"):
        answer = problem(503, f"{error}; nothing was done, try again")
    else:
        answer = make_response(
            _unsaved_form_page() if request.method == "POST" else _error_response(503)
        )
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _unsaved_form_page() -> Response:
    """Return the page for a form that could not be saved, with which it can be sent again."""
    error_page = ErrorPage(
        code=503,
        title=_("Nothing was saved"),
        text=_(
            "The place’s computer could not save it. Badges still work. Send it again in a moment."
        ),
        **_way_on(503),
    )
    unsaved = form_recovery.unsaved_form()
    return make_response(render_template("errors/error.html", error=error_page, kept=unsaved), 503)


def _control_character(error: ControlCharacter) -> ResponseReturnValue:
    """Answer 422 for a control character that the form's own page has not handled."""
    error_page = ErrorPage(
        code=422,
        title=_("A character is not allowed"),
        text=_(
            "The field %(field)s has the character %(character)s, which can’t be printed. Go "
            "back, then delete it or type the text again.",
            field=error.field,
            character=error.character,
        ),
        **_way_on(422),
    )
    return make_response(render_template("errors/error.html", error=error_page), 422)


def _no_such_thing(error: NotFound) -> ResponseReturnValue:
    """Answer 404, the same for things that don't exist and things that the user may not see.

    If the request did not name it, the error is logged as ours.
    """
    values = {*(request.view_args or {}).values(), *request.values.values()}
    level = logging.INFO if error.key in values else logging.WARNING
    _log.log(level, "%s %r: %r", request.method, _address_for_log(), str(error))
    return _error_response(404)


def _not_allowed(error: Forbidden) -> ResponseReturnValue:
    """Answer 403 when a service refuses what the page's permission allowed."""
    _log.info("%s %r: %s", request.method, _address_for_log(), error)
    return _error_response(403)


def _server_error(error: Exception) -> ResponseReturnValue:
    """Log any unexpected exception with its traceback, and answer 500."""
    _log.error("%s %s failed", request.method, _address_for_log(), exc_info=error)
    return _error_response(500)


def _address_for_log() -> str:
    """Return the address for the log, without the secret that it may contain."""
    secret = (request.view_args or {}).get("secret")
    return request.path.replace(secret, "…") if secret else request.path
