"""The reader's choice between light, dark, and the browser's setting, kept in a cookie."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from webui.addresses import safe_address
from webui.feature import Pages
from webui.language import YEAR_S

COOKIE = "theme"
"""The cookie's name."""
THEMES = ("light", "dark")

pages = Pages("theme", __name__)


def theme() -> str:
    """Return `light` or `dark` as chosen; empty: as the browser says."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in THEMES else ""


@pages.post("/theme", None)
def choose() -> ResponseReturnValue:
    """Save the choice in a cookie and redirect back.

    Any other value means *as the browser says*.
    """
    answer = redirect(safe_address(request.form.get("next")), 303)
    choice = request.form.get("theme")
    if choice in THEMES:
        secure = request.is_secure
        answer.set_cookie(
            COOKIE, choice, max_age=YEAR_S, samesite="Lax", httponly=True, secure=secure
        )
    else:
        answer.delete_cookie(COOKIE)
    return answer
