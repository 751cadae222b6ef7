"""The navigation in the frame of a page, for this account at this site."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from flask import current_app, request, url_for

from webui.feature import Page
from webui.guard import account, current_site
from webui.navigation import LIVE, Entry, Group, Nav
from webui.parts import Link, Menu

TABS = 4
"""How many tabs the foot of small screens has, before *More*."""
EXTENSION = "navigation"
"""Key of the pages of the navigation in `app.extensions`."""


def menu() -> Menu:
    """Return the side bar, the tabs of the entry that is open, and the link to the person's own
    page."""
    pages = _open_pages()
    order = dict.fromkeys(nav.entry for nav, _href in pages)
    entries = {entry: [page for page in pages if page[0].entry is entry] for entry in order}
    own = next((_page_link(*page) for page in pages if page[0].entry.group is Group.OWN), None)
    # the person's own entry is in the side bar only for those who may not open Live
    in_side_bar = [
        entry for entry in entries if LIVE not in entries or entry.group is not Group.OWN
    ]
    entry_links = [(entry, _entry_link(entry, entries[entry])) for entry in in_side_bar]
    short = [link for _entry, link in entry_links if link.short][:TABS]
    open_entry = next((entry for entry, link in entry_links if link.current), None)
    links = tuple(_page_link(*page) for page in entries[open_entry]) if open_entry else ()
    has_cards = open_entry is not None and open_entry.has_cards
    return Menu(
        groups=tuple(
            tuple(link for _entry, link in rows)
            for group, rows in groupby(entry_links, lambda row: row[0].group)
            if group is not Group.FOOT
        ),
        foot=tuple(link for entry, link in entry_links if entry.group is Group.FOOT),
        tabs=tuple(short),
        within=links if len(links) > 1 and not has_cards else (),
        up=links[0] if has_cards and any(link.is_open for link in links[1:]) else None,
        own=own,
    )


def searchable_pages() -> list[tuple[Link, str]]:
    """Return all pages in the navigation that this account may open, with words to find each by."""
    return [(_named_link(nav, href), f"{nav.text()} {nav.also}") for nav, href in _open_pages()]


def closed_pages() -> list[tuple[str, str]]:
    """Return the names of the navigation's other pages, with words to find each by."""
    opened = {nav for nav, _href in _open_pages()}
    pages: Sequence[Page] = current_app.extensions[EXTENSION]
    navs = [page.nav for page in pages if page.nav and page.nav not in opened]
    return [(nav.text(), f"{nav.text()} {nav.also}") for nav in navs]


def cards() -> list[tuple[Nav, str]]:
    """Return the pages that have a card, with their addresses, in order."""
    return sorted((page for page in _open_pages() if page[0].card), key=lambda page: page[0].place)


def _open_pages() -> list[tuple[Nav, str]]:
    """Return the pages that this account may open at this site, in the order of the side bar."""
    who, at = account(), current_site()
    if who is None or at is None:
        return []
    pages: Sequence[Page] = current_app.extensions[EXTENSION]
    pages_with_address = [
        (page.nav, url_for(page.endpoint))
        for page in pages
        if page.nav and page.permission and who.actor.may(page.permission, at.id)
    ]
    return sorted(
        pages_with_address,
        key=lambda page: (page[0].entry.group, page[0].entry.place, page[0].place),
    )


def _entry_link(entry: Entry, pages: Sequence[tuple[Nav, str]]) -> Link:
    """Return the link of an entry, which leads to the first of its pages.

    If the account may open only that page, the link has the page's name.
    """
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
    """Return a page's link outside its entry; without its own icon it has the entry's name."""
    link = _page_link(nav, href)
    return link if nav.icon else replace(link, text=nav.entry.text())


def _page_link(nav: Nav, href: str) -> Link:
    return Link(
        text=nav.text(), href=href, icon=nav.icon or nav.entry.icon, current=current_at(href)
    )


def current_at(href: str) -> str:
    """Return `aria-current` of a link: `page` for the page itself, `true` for one below it, or
    empty."""
    if request.path == href:
        return "page"
    return "true" if request.path.startswith(f"{href}/") else ""
