"""The language of a page: the one chosen there, the account's, the browser's, or French."""

from collections.abc import Iterable
from pathlib import Path

from flask import Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue

from controller.domain.facts import Language
from controller.kernel.translation import languages
from webui import i18n
from webui.addresses import safe_address
from webui.feature import Pages
from webui.guard import account

COOKIE = "language"
FOLDERS = "languages"
YEAR_S = 31_536_000

pages = Pages("language", __name__)


def install(app: Flask, folders: Iterable[Path]) -> None:
    """Choose the language before each request; `folders` hold the features' catalogues."""
    app.extensions[FOLDERS] = tuple(folders)
    app.before_request(choose)


def choose() -> None:
    """Use the reader's language until the end of the request."""
    i18n.use(_chosen_language(), current_app.extensions[FOLDERS])


def _chosen_language() -> Language:
    who = account()
    code = request.cookies.get(COOKIE) or (who.language if who else None)
    code = code or request.accept_languages.best_match(languages())
    return Language(code) if code in languages() else Language.FR


@pages.post("/language", None)
def switch() -> ResponseReturnValue:
    """Store the reader's choice in a cookie, and go back to the page."""
    answer = redirect(safe_address(request.form.get("next")), 303)
    code = request.form.get("language")
    if code in languages():
        secure = request.is_secure
        answer.set_cookie(
            COOKIE, code, max_age=YEAR_S, samesite="Lax", httponly=True, secure=secure
        )
    return answer
