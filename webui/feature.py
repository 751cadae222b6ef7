"""What one feature gives to the web side: API routes, pages with what each asks, navigation."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from flask import Blueprint
from jinja2 import FileSystemLoader, PrefixLoader

from controller.kernel.actor import Permission
from webui import reauthentication
from webui.api.route import Route
from webui.context import WebContext
from webui.guard import View, guard
from webui.integration import Integration
from webui.navigation import Nav

TEMPLATES = "templates"
STATIC = "static"
SPRITE = "sprite.svg"
AT_SITE = "/s/<site>"
"""Before a page's own address, for accounts that see several sites."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address and what it takes to open it."""

    method: Literal["GET", "POST"]
    rule: str
    """Its address at a site, such as `/members/<member>`."""
    endpoint: str
    permission: Permission | None
    """What one must be allowed at the site of the address. None: open without signing in."""
    nav: Nav | None = None
    instead: View[[]] | None = None
    """What those without the permission see; None: a refusal."""
    grave: bool = False
    """Whoever signed in more than five minutes ago shows again that it is them."""
    at_terminal: bool = False
    """Also for who stands at a terminal."""


class Pages:
    """A family of pages. Each states its permission beside its address."""

    def __init__(
        self, name: str, import_name: str, *, needs_factor: bool = True, at_terminal: bool = False
    ) -> None:
        """`import_name`: the module's `__name__`; `templates` and `static` lie beside it.

        What lies there is named with the family before it: `live/board.html`, `live/live.css`.
        `needs_factor`: where the site asks managers and admins for a second factor, it is asked
        for here; False where nobody waits for one, such as an evacuation.
        `at_terminal`: also for members who stand at a terminal, without an account.
        """
        self._needs_factor, self._at_terminal = needs_factor, at_terminal
        self.blueprint = Blueprint(name, import_name, static_url_path=f"/static/{name}")
        if (static := Path(self.blueprint.root_path) / STATIC).is_dir():
            self.blueprint.static_folder = static
        self.folder = Path(self.blueprint.root_path) / TEMPLATES
        self.blueprint.jinja_loader = PrefixLoader({name: FileSystemLoader(self.folder)})
        self._all: list[Page] = []
        self.without_token: list[View[...]] = []
        """Forms that programs send (RFC 8058), who have no page of ours: what each does by a link
        that only the person has."""

    def __iter__(self) -> Iterator[Page]:
        return iter(self._all)

    def get(
        self,
        rule: str,
        permission: Permission | None,
        *,
        nav: Nav | None = None,
        instead: View[[]] | None = None,
    ) -> Callable[[View[...]], View[...]]:
        """Serve a page for reading."""
        return self._add("GET", rule, permission, nav, instead)

    def post(
        self,
        rule: str,
        permission: Permission | None,
        *,
        grave: bool = False,
        sends_file: bool = False,
    ) -> Callable[[View[...]], View[...]]:
        """Take a form. `grave`: by whoever has shown within five minutes that it is them."""
        return self._add("POST", rule, permission, None, None, grave, sends_file)

    def _add(
        self,
        method: Literal["GET", "POST"],
        rule: str,
        permission: Permission | None,
        nav: Nav | None,
        instead: View[[]] | None,
        grave: bool = False,
        sends_file: bool = False,
    ) -> Callable[[View[...]], View[...]]:
        def add(view: View[...]) -> View[...]:
            name = view.__name__
            page = Page(
                method=method,
                rule=rule,
                endpoint=f"{self.blueprint.name}.{name}",
                permission=permission,
                nav=nav,
                instead=instead,
                grave=grave,
                at_terminal=self._at_terminal,
            )
            self._all.append(page)
            if permission is None:
                self.blueprint.add_url_rule(rule, name, view, methods=[method])
                return view
            looked = view
            if grave:
                looked = reauthentication.require_reauthentication(view, sends_file=sends_file)
            guarded = guard(looked, permission, instead, self._needs_factor, self._at_terminal)
            for address in (rule, AT_SITE + rule):
                self.blueprint.add_url_rule(address, name, guarded, methods=[method])
            return view

        return add

    def post_by_program(self, rule: str) -> Callable[[View[...]], View[...]]:
        """Take a form without signing in and without a token: its address proves itself."""

        def add(view: View[...]) -> View[...]:
            self.without_token.append(view)
            return self.post(rule, None)(view)

        return add


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedAction:
    """What a row of *Catch up* offers to do: a page to open, or, with `sends`, a form to send."""

    endpoint: str
    icon: str
    text: Callable[[], str]
    permission: Permission
    sends: bool = False
    anchor: str | None = None
    """Where on that page it is done."""


def always(_context: WebContext) -> bool:
    """Offered by every process."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One capability on the web side. Everything but its name is optional."""

    name: str
    api: Sequence[Route] = ()
    pages: tuple[Pages, ...] = ()
    nexts: Mapping[str, OfferedAction] = field(default_factory=dict)
    """By the word of a next act that the feature's rows in *Catch up* have."""
    integration: Integration | None = None
    """Its line on the *Integrations* page, for a feature that works with another system."""
    offered: Callable[[WebContext], bool] = always
    """Whether this process serves the pages."""
    locale: Path | None = None
    """The folder with the catalogues of its pages, if they are not in `webui/i18n`."""
    examples: Path | None = None
    """What was asked of its API and answered, by operation, if not in `webui/api/examples.json`."""

    def sprite(self) -> str:
        """The feature's own icons: its `<symbol>`s as they stand in `templates/sprite.svg`."""
        files = sorted({pages.folder / SPRITE for pages in self.pages})
        return "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
