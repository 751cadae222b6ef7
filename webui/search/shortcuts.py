"""Pages that are found by what one does there, such as *print* or *enrol*, in both languages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import url_for

from controller.capabilities.members.search import words
from controller.capabilities.search import lookup
from controller.kernel.actor import Permission
from webui.guard import is_allowed
from webui.i18n import _
from webui.search.actions import MIN_VERB_LETTERS


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A page that isn't in the navigation, or a dialog on one that is."""

    endpoint: str
    permission: Permission
    icon: str
    text: Callable[[], str]
    verbs: str
    """Verbs of which a search has one, in all languages."""
    things: str = ""
    """Words that a search may have beside its verb and those of the text."""
    anchor: str | None = None
    dialog: str | None = None

    @property
    def href(self) -> str:
        """Return its address."""
        return url_for(self.endpoint, _anchor=self.anchor, dialog=self.dialog)


ADD_WORDS = "add enrol enroll register ajouter inscrire"
SHORTCUTS = (
    Shortcut(
        "members.search",
        Permission.MEMBERS_WRITE,
        "user-round-plus",
        lambda: _("Add somebody"),
        ADD_WORDS,
        "member usager",
        anchor="add",
    ),
    Shortcut(
        "bookings.show",
        Permission.RULES_READ,
        "calendar-range",
        lambda: _("Book"),
        "book reserve réserver",
        dialog="1",
    ),
    Shortcut(
        "machines.new",
        Permission.RULES_WRITE,
        "drill",
        lambda: _("Add a machine or door"),
        "add create ajouter créer",
        "new équipement porte",
    ),
    Shortcut(
        "planning.new",
        Permission.CERTIFY,
        "graduation-cap",
        lambda: _("Plan a session"),
        "add plan schedule ajouter planifier",
        "course séance formation",
    ),
    Shortcut(
        "me.show",
        Permission.LIVE_READ,
        "key-round",
        lambda: _("My account"),
        "password mot passe account compte",
        "change my de",
    ),
    Shortcut(
        "member_files.show",
        Permission.CERTIFY,
        "file-up",
        lambda: _("Import members"),
        "import importer",
    ),
    Shortcut(
        "labels.show",
        Permission.CREDENTIALS_WRITE,
        "printer",
        lambda: _("Badge labels"),
        "print imprimer",
    ),
    Shortcut(
        "trust.poster",
        Permission.LIVE_READ,
        "printer",
        lambda: _("Poster for phones"),
        "print imprimer",
    ),
)


def matching_shortcuts(query: str) -> Iterator[Shortcut]:
    """Yield the shortcuts whose verb the query has, for those who may open them."""
    typed = [word for word in words(query) if len(word) >= MIN_VERB_LETTERS]
    for it in SHORTCUTS:
        has_verb = any(lookup.matches(word, it.verbs) for word in typed)
        is_named = has_verb and lookup.matches(query, it.text(), it.verbs, it.things)
        if is_named and is_allowed(it.permission):
            yield it


def new_name(query: str) -> str:
    """Return the name of the person that a query may want to add; empty if it isn't like a name.

    A name has a capital or a space; *Add Nina Novel* is the name Nina Novel.
    """
    first, _space, rest = query.partition(" ")
    verbs = {word for it in SHORTCUTS for word in words(it.verbs)}
    name = query
    if rest and verbs.issuperset(words(first)):
        name = rest.strip() if set(words(first)) <= set(words(ADD_WORDS)) else ""
    is_like_name = " " in name or (any(map(str.isalpha, name)) and not name.islower())
    return name if is_like_name and lookup.NUMBER.fullmatch(name) is None else ""
