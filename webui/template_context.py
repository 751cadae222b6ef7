"""Values for every template: texts, addresses of files, and the frame of a page."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from zoneinfo import ZoneInfo

from flask import Flask, request, url_for
from markupsafe import Markup, escape

from controller.capabilities.live.rooms import heads_inside
from controller.capabilities.places.shapes import Site
from controller.capabilities.presence.models import EvacuationKind
from controller.capabilities.presence.presence import current_kind
from controller.kernel.actor import Permission
from controller.kernel.names import names_of, short_login
from controller.kernel.translation import languages
from webui import i18n, icons, statics, template_filters
from webui import menu as menus
from webui.addresses import page_address
from webui.context import WebContext
from webui.documentation import pages as documentation
from webui.feature import Feature, Page
from webui.guard import SignedIn, account, actor, current_site, is_allowed, is_htmx_request
from webui.help import help_on
from webui.i18n.dates import exact
from webui.naming import read_label
from webui.parts import Chrome, Evacuation, Link, Menu, PrintFooter
from webui.request_transaction import request_transaction
from webui.theme import theme
from webui.undo import take_undo


def install(app: Flask, context: WebContext, features: Sequence[Feature]) -> None:
    """Give templates the texts, icons, static addresses and the frame of a page."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals |= {"static": statics.static, "styles": statics.styles}
    app.jinja_env.globals["help_on"] = help_on
    app.jinja_env.filters["figures"] = embolden_numbers
    app.jinja_env.filters["breakable"] = breakable
    app.jinja_env.filters["commands"] = mark_commands
    template_filters.install(app)
    icons.install(app, features)
    navigation = [
        page for feature in features for pages in feature.pages for page in pages if page.nav
    ]
    app.extensions[menus.EXTENSION] = navigation
    app.context_processor(
        lambda: {"chrome": _LazyChrome(lambda: _read_chrome(context, navigation))}
    )


class _LazyChrome:
    """The frame of a page, made when a template first uses it: parts of pages have none."""

    def __init__(self, make: Callable[[], Chrome]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> object:
        return getattr(self._chrome, name)

    @cached_property
    def _chrome(self) -> Chrome:
        return self._make()


def _read_chrome(context: WebContext, pages: Sequence[Page]) -> Chrome:
    """Return the frame, read in one transaction; without an account nothing is read."""
    if account() is None:
        return chrome(context, pages)
    with request_transaction():
        return chrome(context, pages)


def chrome(context: WebContext, pages: Sequence[Page]) -> Chrome:
    """Return the frame of the current page; `pages` are those with an entry in the navigation."""
    language = i18n.current()
    others = [other for other in languages() if other is not language]
    who, at = account(), current_site()
    has_sidebar = who is not None and not who.at_terminal
    return Chrome(
        site=read_label(at.name) or at.id if at else context.settings.site.name,
        site_id=at.id if at else "",
        sites=_sites(who, pages) if who and len(who.sites) > 1 else (),
        language=language,
        other_languages=tuple(
            (language, i18n.name_of(language, language).capitalize()) for language in others
        ),
        home=url_for("live.show"),
        here=page_address(),
        switch_to=url_for("language.switch"),
        sign_out=url_for("signin.sign_out"),
        sign_out_everywhere=url_for("signin.sign_out_everywhere"),
        me=url_for("me.show"),
        docs=url_for("documentation.index") if documentation.is_installed() else "",
        account=who.login if who and has_sidebar else None,
        person=_person(who) if who and has_sidebar else "",
        menu=menus.menu() if has_sidebar else Menu(),
        undo=take_undo() if who and not is_htmx_request() else None,
        choose_theme=url_for("theme.choose"),
        theme=theme(),
        find=url_for("search.search") if is_allowed(Permission.LIVE_READ) else "",
        printed=_print_footer(context, at) if who else None,
        evacuation=_evacuation(context) if who else None,
    )


def _person(who: SignedIn) -> str:
    ref = who.actor.ref
    with request_transaction() as db:
        names = names_of(db, [ref]) if who.actor.member_id else {}
    return names.get(ref) or short_login(who.login)


def _print_footer(context: WebContext, at: Site | None) -> PrintFooter:
    """Return the footer, with the address without its query, which may contain a name."""
    zone = ZoneInfo(at.time_zone if at else "UTC")
    return PrintFooter(request.base_url, exact(context.clock(), zone))


def _evacuation(context: WebContext) -> Evacuation | None:
    """Return whether an evacuation is in progress, with a link for those who may call the roll."""
    at = current_site()
    if at is None:
        return None
    may_start = is_allowed(Permission.MEMBERS_WRITE)
    with request_transaction() as db:
        kind = current_kind(db, at.id)
        is_offered = may_start and kind is None
        heads = heads_inside(db, at.id, actor=actor(), now=context.clock()) if is_offered else {}
    return Evacuation(
        href=url_for("evacuation.show") if is_allowed(Permission.MEMBERS_READ) else "",
        is_active=kind is not None,
        is_drill=kind is EvacuationKind.DRILL,
        may_start=may_start,
        present=sum(heads.values()),
    )


def _sites(who: SignedIn, pages: Sequence[Page]) -> tuple[Link, ...]:
    """Return links to the other sites of this account, each to the same page there if it may open
    it."""
    at = current_site()
    current_page = next((page for page in pages if menus.current_at(url_for(page.endpoint))), None)

    def href(site: Site) -> str:
        permission = current_page.permission if current_page else None
        may_open = permission is not None and who.actor.may(permission, site.id)
        endpoint = current_page.endpoint if current_page and may_open else "live.show"
        return url_for(endpoint, site=site.id)

    links = (
        Link(
            text=read_label(place.name) or place.id,
            href=href(place),
            icon="map-pin",
            current="true" if place == at else "",
        )
        for place in who.sites
    )
    return tuple(sorted(links, key=lambda link: link.text.casefold()))


# Marks in a text: numbers in bold, and where a long address or field name may break.

_NUMBER = re.compile("(€?[0-9]+(?:[\u202f\u00a0.,:][0-9]+)*(?:[\u202f\u00a0]€)?)")
"""A number with its separators and its euro sign: 1 234, 2,5, 18:00, 4,50 €."""

_JOINT = re.compile("(?<=[_@.])")
"""The positions at which an address or a field's name may continue on the next line."""


def embolden_numbers(text: str) -> Markup:
    """Return the text with each of its numbers in bold; the rest is escaped."""
    return Markup("").join(
        Markup("<b>{}</b>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(_NUMBER.split(text))
    )


def mark_commands(text: str) -> Markup:
    """Return the text with what stands between `backticks` as code; the rest is escaped."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(text.split("`"))
    )


def breakable(text: str) -> Markup:
    """Return the text with a possible line break after each joint, so that no word is broken."""
    return Markup("<wbr>").join(_JOINT.split(text))
