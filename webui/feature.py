"""The web part of a feature: API routes, pages with their permissions, navigation."""

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
"""Prefix of a page's address that names the site, for accounts with several sites."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address, and what is required to open it."""

    method: Literal["GET", "POST"]
    rule: str
    """The address at a site, such as `/members/<member>`."""
    endpoint: str
    permission: Permission | None
    """Permission that is needed at the address's site. None: open without signing in."""
    nav: Nav | None = None
    instead: View[[]] | None = None
    """View for accounts without the permission; None: they get a 403."""
    grave: str = ""
    """What the action does, in English; if not empty, accounts that signed in more than five
    minutes ago must reauthenticate first."""
    at_terminal: bool = False
    """Whether members who are signed in at a terminal may open it too."""


class Pages:
    """A group of pages with a blueprint. Each page states its permission beside its address."""

    def __init__(
        self, name: str, import_name: str, *, needs_factor: bool = True, at_terminal: bool = False
    ) -> None:
        """Create the group.

        `import_name` is the module's `__name__`; `templates` and `static` lie beside the module.
        Their files are addressed with the group's name: `live/board.html`, `live/live.css`. With
        `needs_factor`, accounts from which the site requires a second factor must have one; False
        for what can't wait, such as an evacuation. With `at_terminal`, members at a terminal may
        open the pages too, without an account.
        """
        self._needs_factor, self._at_terminal = needs_factor, at_terminal
        self.blueprint = Blueprint(name, import_name, static_url_path=f"/static/{name}")
        if (static := Path(self.blueprint.root_path) / STATIC).is_dir():
            self.blueprint.static_folder = static
        self.folder = Path(self.blueprint.root_path) / TEMPLATES
        self.blueprint.jinja_loader = PrefixLoader({name: FileSystemLoader(self.folder)})
        self._all: list[Page] = []
        self.without_token: list[View[...]] = []
        """Views without a CSRF token, for forms that programs send (RFC 8058).

        Each is protected by a secret link that only the person has.
        """

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
        """Register a page for reading."""
        return self._add("GET", rule, permission, nav, instead)

    def post(
        self,
        rule: str,
        permission: Permission | None,
        *,
        grave: str = "",
        sends_file: bool = False,
        choices: reauthentication.Choices = dict,
        check: reauthentication.Check | None = None,
    ) -> Callable[[View[...]], View[...]]:
        """Register the target of a form.

        `grave`: what the action does, in English; if not empty, accounts that signed in more than
        five minutes ago must reauthenticate first. The page on which they do so says what the form
        contains; `choices` returns the texts of its values. `check` runs before they are asked, and
        returns the form with its errors, or None.
        """
        return self._add("POST", rule, permission, None, None, grave, sends_file, choices, check)

    def _add(
        self,
        method: Literal["GET", "POST"],
        rule: str,
        permission: Permission | None,
        nav: Nav | None,
        instead: View[[]] | None,
        grave: str = "",
        sends_file: bool = False,
        choices: reauthentication.Choices = dict,
        check: reauthentication.Check | None = None,
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
            protected = view
            if grave:
                protected = reauthentication.require_reauthentication(
                    view, grave, sends_file=sends_file, choices=choices, check=check
                )
            guarded = guard(protected, permission, instead, self._needs_factor, self._at_terminal)
            for address in (rule, AT_SITE + rule):
                self.blueprint.add_url_rule(address, name, guarded, methods=[method])
            return view

        return add

    def post_by_program(self, rule: str) -> Callable[[View[...]], View[...]]:
        """Register the target of a form that a program sends, without session or CSRF token.

        The address contains a secret.
        """

        def add(view: View[...]) -> View[...]:
            self.without_token.append(view)
            return self.post(rule, None)(view)

        return add


@dataclass(frozen=True, slots=True)
class OfferedAction:
    """The action that a row of *Catch up* offers: a link, or, with `sends`, a form."""

    endpoint: str
    icon: str
    text: Callable[[], str]
    permission: Permission
    sends: bool = False
    anchor: str | None = None


def always(_context: WebContext) -> bool:
    """Offer the pages in every process."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """The web part of a capability. Everything but the name is optional."""

    name: str
    api: Sequence[Route] = ()
    pages: tuple[Pages, ...] = ()
    actions: Mapping[str, OfferedAction] = field(default_factory=dict)
    """Actions for the feature's rows in *Catch up*, by their name."""
    integration: Integration | None = None
    """Line on the *Integrations* page, for a feature that works with another system."""
    offered: Callable[[WebContext], bool] = always
    """Returns whether this process serves the pages."""
    locale: Path | None = None
    """The folder with the catalogues of its pages, if it is not `locale` beside `feature.py`."""
    examples: Path | None = None
    """Recorded API requests and answers, by operation, if not in `webui/api/examples.json`."""

    @property
    def catalogues(self) -> Path | None:
        """Return the folder with its own catalogues; None: its texts are in `webui/i18n`."""
        folder = self.locale or Path(__file__).parent / self.name / "locale"
        return folder if folder.is_dir() else None

    def sprite(self) -> str:
        """Return the feature's own icons, the `<symbol>`s in `templates/sprite.svg`."""
        files = sorted({pages.folder / SPRITE for pages in self.pages})
        return "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
