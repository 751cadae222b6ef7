"""What the frame of a page leads to, for this account at this site."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from flask import current_app, request, url_for

from webui.feature import Page
from webui.guard import account, current_site
from webui.navigation import LIVE, Entry, Group, Nav
from webui.parts import Link, Menu

TABS = 4
"""At the foot of small screens, before *More*."""
EXTENSION = "navigation"


def menu() -> Menu:
    """The rail, the tabs of the entry that is open, and the person's own page."""
    pages = _open_pages()
    order = dict.fromkeys(nav.entry for nav, _href in pages)
    entries = {entry: [page for page in pages if page[0].entry is entry] for entry in order}
    own = next((_page_link(*page) for page in pages if page[0].entry.group is Group.OWN), None)
    in_rail = [entry for entry in entries if LIVE not in entries or entry.group is not Group.OWN]
    shown = [(entry, _entry_link(entry, entries[entry])) for entry in in_rail]
    short = [link for _entry, link in shown if link.short][:TABS]
    here = next((entry for entry, link in shown if link.current), None)
    links = tuple(_page_link(*page) for page in entries[here]) if here else ()
    has_cards = here is not None and here.has_cards
    return Menu(
        groups=tuple(
            tuple(link for _entry, link in rows)
            for group, rows in groupby(shown, lambda row: row[0].group)
            if group is not Group.FOOT
        ),
        foot=tuple(link for entry, link in shown if entry.group is Group.FOOT),
        tabs=tuple(short),
        within=links if len(links) > 1 and not has_cards else (),
        up=links[0] if has_cards and any(link.is_open for link in links[1:]) else None,
        own=own,
    )


def found_pages() -> list[tuple[Link, str]]:
    """All pages that have a name and that this account may open here, with words for each."""
    return [(_named_link(nav, href), nav.also) for nav, href in _open_pages()]


def cards() -> list[tuple[Nav, str]]:
    """The pages that have a card, with their addresses, in order."""
    return sorted((page for page in _open_pages() if page[0].card), key=lambda page: page[0].place)


def _open_pages() -> list[tuple[Nav, str]]:
    """Those that this account may open at this site, in the order of the rail."""
    who, at = account(), current_site()
    if who is None or at is None:
        return []
    pages: Sequence[Page] = current_app.extensions[EXTENSION]
    found = [
        (page.nav, url_for(page.endpoint))
        for page in pages
        if page.nav and page.permission and who.actor.may(page.permission, at.id)
    ]
    return sorted(found, key=lambda page: (page[0].entry.group, page[0].entry.place, page[0].place))


def _entry_link(entry: Entry, pages: Sequence[tuple[Nav, str]]) -> Link:
    """Leads to the first of its pages; the only one that this account may open names it."""
    (first, href), *others = pages
    link = _named_link(first, href)
    if others:
        link = replace(link, text=entry.text(), icon=entry.icon)
    is_within = any(current_at(address) for _nav, address in others)
    counts = (nav.waiting() for nav, _address in pages if nav.waiting)
    return replace(
        link,
        short=first.short() if first.short else "",
        current=link.current or ("true" if is_within else ""),
        waiting=next(filter(None, counts), None),
    )


def _named_link(nav: Nav, href: str) -> Link:
    """Outside its entry a page without an icon of its own has the entry's name."""
    link = _page_link(nav, href)
    return link if nav.icon else replace(link, text=nav.entry.text())


def _page_link(nav: Nav, href: str) -> Link:
    return Link(
        text=nav.text(), href=href, icon=nav.icon or nav.entry.icon, current=current_at(href)
    )


def current_at(href: str) -> str:
    """`aria-current` of a link: the page itself, one below it (`true`), or neither."""
    if request.path == href:
        return "page"
    return "true" if request.path.startswith(f"{href}/") else ""
