"""Pages for what went wrong: what happened, and what to do."""

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

from controller.kernel.errors import ControlCharacter, NotFound
from controller.kernel.health import DatabaseUnavailable
from webui import form_recovery, language
from webui.api.problem import PREFIX, problem
from webui.guard import as_stranger
from webui.i18n import _

AGAIN_S = 5
"""When to try again what the database did not take: Retry-After."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What happened, and the one thing to do next."""

    code: int
    title: str
    text: str
    href: str
    action: str


def install(app: Flask) -> None:
    """Answer errors with pages in the reader's language."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(NotFound, _no_such_thing)
    app.register_error_handler(ControlCharacter, _control_character)
    app.register_error_handler(DatabaseUnavailable, _no_database)
    app.register_error_handler(Exception, _failed)


def page(code: int) -> ErrorPage:
    """The page for a status code."""
    title, text = _words(code)
    home = url_for("live.show")
    return ErrorPage(code=code, title=title, text=text, href=home, action=_("Revenir à l’accueil"))


def _words(code: int) -> tuple[str, str]:
    if code == 403:
        return (
            _("Cette page n’est pas pour ce compte"),
            _("Votre rôle ne l’ouvre pas. Demandez à un responsable du lieu."),
        )
    if code in (404, 405, 410):
        return (
            _("Rien à cette adresse"),
            _("La page a été déplacée ou retirée, ou l’adresse est incomplète."),
        )
    if code == 413:
        return _("Envoi trop grand"), _("Au plus 1 Mo. Envoyez moins à la fois.")
    if code == 429:
        return (
            _("Trop d’essais"),
            _("Attendez quelques minutes, puis réessayez. Rien n’est bloqué pour de bon."),
        )
    if code == 503:
        return (
            _("Service indisponible un instant"),
            _("Les badges, eux, marchent toujours. Réessayez dans une minute."),
        )
    if 400 <= code < 500:
        return _("Demande mal formée"), _("Revenez en arrière et réessayez.")
    return (
        _("Quelque chose n’a pas marché"),
        _("L’erreur est notée dans le journal du serveur. Les badges, eux, marchent toujours."),
    )


def _answer(code: int) -> Response:
    if request.path.startswith(f"{PREFIX}/"):
        return problem(code)
    if code == 401:  # to a script, not a person. A page has forms, whose token would be a cookie
        return Response(_("Se connecter"), code, content_type="text/plain; charset=utf-8")
    return make_response(render_template("errors/error.html", error=page(code)), code)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    if error.code == 405 and (shown := _shown_above()) is not None:
        return redirect(shown, 303)
    answer = _answer(error.code)
    if error.code == 405:
        answer.headers["Allow"] = ", ".join(_allowed())
    return answer


def _shown_above() -> str | None:
    """Where the form stands whose answer somebody reloads, or reads in another language."""
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


def _allowed() -> list[str]:
    """What may be asked at this address, by whichever rule (RFC 9110, section 15.5.6)."""
    adapter = current_app.create_url_adapter(request)
    return sorted(adapter.allowed_methods()) if adapter else []


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    """A form that was opened before signing in or out: it is kept for whose it was, or refused."""
    _log.info("%s %s: %s", request.method, _where(), error.description)
    if (kept := form_recovery.answer()) is not None:
        return kept
    if request.path.startswith(f"{PREFIX}/"):
        return problem(400)
    stale = ErrorPage(
        code=400,
        title=_("Cette page n’est plus à jour"),
        text=_("Une connexion a commencé ou fini depuis. Revenez en arrière, rechargez la page."),
        href=url_for("live.show"),
        action=_("Revenir à l’accueil"),
    )
    return make_response(render_template("errors/error.html", error=stale), 400)


def _no_database(error: DatabaseUnavailable) -> ResponseReturnValue:
    """Nothing was done. Who asks is not known: that stands in the database too."""
    _log.error("%s %s: %s", request.method, _where(), error)
    as_stranger()
    language.choose()
    if request.path.startswith(f"{PREFIX}/"):
        answer = problem(503, f"{error}; nothing was done, try again")
    else:
        answer = make_response(_answer(503))
    answer.headers["Retry-After"] = str(AGAIN_S)
    return answer


def _control_character(error: ControlCharacter) -> ResponseReturnValue:
    """A text that no page of a form has refused in its own words."""
    said = ErrorPage(
        code=422,
        title=_("Un caractère n’est pas permis"),
        text=_(
            "Le champ %(field)s contient le caractère %(character)s, qui ne s’imprime pas. Revenez"
            " en arrière, puis effacez-le ou retapez le texte.",
            field=error.field,
            character=error.character,
        ),
        href=url_for("live.show"),
        action=_("Revenir à l’accueil"),
    )
    return make_response(render_template("errors/error.html", error=said), 422)


def _no_such_thing(error: NotFound) -> ResponseReturnValue:
    """What was asked for is not there, or not for who asks: nobody learns which.

    Of what nobody asked for, such a fault is ours.
    """
    asked = {*(request.view_args or {}).values(), *request.values.values()}
    level = logging.INFO if error.key in asked else logging.WARNING
    _log.log(level, "%s %r: %r", request.method, _where(), str(error))
    return _answer(404)


def _failed(error: Exception) -> ResponseReturnValue:
    """The edge of a request: whatever was not foreseen is logged with its trace."""
    _log.error("%s %s failed", request.method, _where(), exc_info=error)
    return _answer(500)


def _where() -> str:
    """The address for the log, without the secret that a calendar's has in it."""
    secret = (request.view_args or {}).get("secret")
    return request.path.replace(secret, "…") if secret else request.path
