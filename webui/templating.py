"""What every template can call: texts, addresses of static files, and what stands around a page."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, request, url_for

from controller.kernel.actor import Permission
from controller.kernel.words import languages
from controller.settings import Settings
from webui import i18n
from webui.access import account, allowed
from webui.context import context
from webui.i18n import _
from webui.parts import Chrome, Link

STATIC = Path(__file__).with_name("static")


def install(app: Flask, settings: Settings) -> None:
    """Teach the templates our texts, static addresses and the frame of a page."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["static"] = static
    app.context_processor(lambda: {"chrome": chrome(settings)})


@cache
def _fingerprint(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def static(path: str, versioned: bool = True) -> str:
    """Address of a static file, with its content's fingerprint so that it can be kept for long."""
    if not versioned:
        return url_for("static", filename=path)
    return url_for("static", filename=path, v=_fingerprint(path))


def chrome(settings: Settings) -> Chrome:
    """The frame of the current page."""
    language = i18n.current()
    others = [each for each in languages() if each is not language]
    who = account()
    return Chrome(
        site=settings.site.name,
        language=language,
        other_languages=tuple((each, i18n.name_of(each, each).capitalize()) for each in others),
        home=home() or url_for("live.show"),
        here=request.full_path.rstrip("?") if request.method == "GET" else request.path,
        switch_to=url_for("language.switch"),
        sign_out=url_for("signin.sign_out"),
        account=who.login if who else None,
        links=_links(),
    )


def home() -> str | None:
    """The first page that this account may open: signing in, before that; None: there is none."""
    if account() is None:
        return url_for("signin.sign_in")
    return next((link.href for link in _links()), None)


def _links() -> tuple[Link, ...]:
    """The pages that this account may open."""
    pages: tuple[tuple[Permission, str, str, str], ...] = (
        (Permission.LIVE_READ, "live.show", "activity", _("En direct")),
        (Permission.MEMBERS_READ, "members.search", "users", _("Usagers")),
    )
    if context().bench_socket is not None:
        pages += ((Permission.RULES_WRITE, "bench.show", "cable", _("Banc d’essai")),)
    here = (request.blueprint or "").split(".")[0]
    return tuple(
        Link(text=text, href=url_for(endpoint), icon=icon, here=endpoint.split(".")[0] == here)
        for permission, endpoint, icon, text in pages
        if allowed(permission)
    )
