"""Suggests actions for a search, such as *lock front door*, each with its effect."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import url_for

from controller.capabilities.live import board
from controller.capabilities.machines import access_points
from controller.capabilities.members.search import words
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import Present
from controller.capabilities.search import lookup
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.paging import all_items
from webui.bookings.bookers import machine_notice
from webui.context import context
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, translator
from webui.i18n.dates import clock
from webui.live.tiles import tile
from webui.live.views import Action, Tile

MAX_ACTIONS = 6
"""How many actions are shown."""
MIN_VERB_LETTERS = 3
"""Shortest prefix that counts as a verb."""
SMALL_WORDS = N_("a an and for in of on the to")
"""Words that a search ignores."""
VERBS: Mapping[str, str] = {
    "open": N_("open unlock"),
    "hold": N_("keep hold"),
    "hours": N_("back normal hours"),
    "lock-down": N_("lock down lockdown close shut"),
    "finish": N_("finish stop turn off"),
    "cut": N_("cut power emergency"),
    "reset": N_("reset acknowledge fault"),
    "identify": N_("blink identify find box"),
    "out": N_("take out of service broken"),
    "back": N_("put back in out service repaired"),
    "leave": N_("exit out leave left gone"),
    "lend": N_("lend loan badge"),
}
"""Words by which an action is found beside the first word of its text, in English and the page's
language."""
QUESTION = "question"
"""Name of the parameter for an action with a question: its access point and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAction:
    """An action of the search: a form with one field, a question, or a link."""

    text: str
    effect: str
    icon: str
    href: str
    field: str = ""
    value: str = ""
    asks: bool = False
    """Whether the address leads to a question."""
    is_link: bool = False
    why: str = ""
    """Why it is not possible now; empty: it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The question that an action asks before it runs."""

    title: str
    effect: str
    action: Action


def read_tiles(db: Session) -> list[tuple[board.Tile, Tile]]:
    """Return the state and the actions of all machines and doors."""
    now = context().clock()
    live_board = board.board(db, site().id, actor=actor(), now=now)
    may = is_allowed(Permission.COMMAND)
    return [
        (it, tile(it, live_board.kinds, now, live_board.site, may_command=may))
        for it in live_board.tiles
    ]


def search_actions(
    db: Session, query: str, tiles: Sequence[tuple[board.Tile, Tile]]
) -> list[SearchAction]:
    """Return the actions that match the query, possible ones first."""
    words = _search_words(query)
    if not words:
        return []
    matches = [*_point_actions(db, words, tiles), *_people_actions(db, words)]
    return sorted(matches, key=lambda act: bool(act.why))[:MAX_ACTIONS]


def may_name_action(query: str) -> bool:
    """Whether a word may be a verb; otherwise nothing is read for actions."""
    verbs = " ".join(map(_verbs, VERBS))
    return any(_is_verb(word, verbs) for word in words(query))


def only_action(query: str, actions: Sequence[SearchAction]) -> SearchAction | None:
    """Return the action of *Enter*: the only possible one, if the query has a verb and a name."""
    possible = [action for action in actions if not action.why]
    is_whole = len(_search_words(query)) > 1
    return possible[0] if is_whole and len(possible) == 1 else None


def names_in(query: str) -> str:
    """Return the words of a query without verbs, for finding something to open."""
    verbs = " ".join(map(_verbs, VERBS))
    return " ".join(word for word in _search_words(query) if not _is_verb(word, verbs))


def question(db: Session, key: str) -> Question | None:
    """Return the question of an action; None if there is no such action, or no question."""
    point, _slash, name = key.partition("/")
    for board_tile, shown in read_tiles(db):
        for action in shown.actions:
            if board_tile.point.id == point and action.name == name and action.unfolds:
                return Question(
                    title=_title(action, shown.name),
                    effect=_effect(db, action, board_tile),
                    action=action,
                )
    return None


def pieces(text: str, query: str) -> Iterator[tuple[str, bool]]:
    """Split a text into pieces, each with whether it matches the query."""
    query_words = _search_words(query)
    for piece in re.split(r"(\w+)", text):
        if piece:
            yield (
                piece,
                any(word.startswith(tuple(query_words)) for word in words(piece) if query_words),
            )


def _point_actions(
    db: Session, words: Sequence[str], tiles: Iterable[tuple[board.Tile, Tile]]
) -> Iterator[SearchAction]:
    matches = [
        (board_tile, shown, action)
        for board_tile, shown in tiles
        for action in _tile_actions(shown)
        if _is_named(words, action, board_tile)
    ]
    matches.sort(key=lambda match: bool(match[2].why))
    # Only now, as the effect of an action is read from the database.
    for board_tile, shown, action in matches[:MAX_ACTIONS]:
        asks = action.unfolds
        address = f"{board_tile.point.id}/{action.name}"
        yield SearchAction(
            text=_title(action, shown.name),
            effect="" if action.why else _effect(db, action, board_tile),
            icon=action.icon,
            href=url_for("search.search", question=address) if asks else action.href,
            asks=asks,
            why=action.why,
        )


def _is_named(typed_words: Sequence[str], action: Action, tile: board.Tile) -> bool:
    first_word, name = action.text.partition(" ")[0], tile.point.name
    names = words(f"{name.fr or ''} {name.en or ''} {tile.point.id}")
    verbs = f"{first_word} {_verbs(action.name)}"
    known_words = (*words(verbs), *names)
    return any(_is_verb(word, verbs) for word in typed_words) and all(
        any(name.startswith(word) for name in known_words) for word in typed_words
    )


def _tile_actions(shown: Tile) -> Iterator[Action]:
    """Yield its actions, and the service action that its state rules out."""
    actions = {action.name for action in shown.actions}
    if shown.main and shown.main.name not in actions:
        yield shown.main
    yield from shown.actions
    if "out" in actions:
        text, why = _("Put back in service"), _("it is not out of service")
        yield Action(name="back", text=text, icon="circle-check", href="", why=why)
    if "back" in actions:
        text, why = _("Take out of service"), _("it is already out of service")
        yield Action(name="out", text=text, icon="wrench", href="", why=why)


def _people_actions(db: Session, words: Sequence[str]) -> Iterator[SearchAction]:
    name_words = [word for word in words if not _is_verb(word, _verbs("leave"))]
    if len(name_words) < len(words) and name_words and is_allowed(Permission.MEMBERS_WRITE):
        present = [it for it in _present(db) if lookup.matches(" ".join(name_words), it.name)]
        yield from map(_leave, present)
        member_ids = {it.member_id for it in present}
        yield from (
            _not_here_action(person)
            for person in _people(db, name_words)
            if person.id not in member_ids
        )
    name_words = [word for word in words if not _is_verb(word, _verbs("lend"))]
    if len(name_words) < len(words) and name_words and is_allowed(Permission.CREDENTIALS_WRITE):
        for person in _people(db, name_words):
            yield SearchAction(
                text=_("Lend a badge, %(name)s", name=person.name),
                effect=_("Opens the desk: tap the badge to lend there."),
                icon="nfc",
                href=url_for("desk.show", person=person.id, _anchor="lend"),
                is_link=True,
            )


def _people(db: Session, name_words: Sequence[str]) -> Sequence[lookup.FoundPerson]:
    query, vault = " ".join(name_words), context().vault
    return lookup.find(db, query, site().id, vault=vault, actor=actor()).people


def _not_here_action(person: lookup.FoundPerson) -> SearchAction:
    text = _("Out, %(name)s", name=person.name)
    return SearchAction(text=text, effect="", icon="log-out", href="", why=_("not here"))


def _present(db: Session) -> Iterator[Present]:
    """Yield everybody who is in here, however many they are."""
    here = partial(presence.page, db, actor=actor(), site_id=site().id)
    return all_items(lambda cursor: here(cursor=cursor))


def _leave(present: Present) -> SearchAction:
    at = clock(present.since, site_zone())
    if present.group_id:
        return SearchAction(
            text=_("Out, %(name)s", name=present.name),
            effect=_("In since %(time)s. All leave, and their badge is returned.", time=at),
            icon="log-out",
            href=url_for("desk_acts.end_group", group=present.group_id),
        )
    return SearchAction(
        text=_("Out, %(name)s", name=present.name),
        effect=_("In since %(time)s, is counted out from now on.", time=at),
        icon="log-out",
        href=url_for("desk_entering.leave"),
        field="presence",
        value=present.id,
    )


def _search_words(query: str) -> list[str]:
    small = words(f"{SMALL_WORDS} {translator().say(SMALL_WORDS)}")
    return [word for word in words(query) if word not in small]


def _verbs(action: str) -> str:
    text = VERBS.get(action, "")
    return f"{text} {translator().say(text)}" if text else ""


def _is_verb(word: str, verbs: str) -> bool:
    return len(word) >= MIN_VERB_LETTERS and any(verb.startswith(word) for verb in words(verbs))


def _title(action: Action, name: str) -> str:
    return _("%(act)s, %(name)s", act=action.text.rstrip("…"), name=name)


def _effect(db: Session, action: Action, tile: board.Tile) -> str:
    if action.name == "out":
        return " ".join(filter(None, (_("Nobody can turn it on."), _notified_text(db, tile))))
    return {
        "open": _("It unlocks once, and locks again by itself."),
        "hold": _("It stays unlocked for everybody until the time that you choose."),
        "hours": _("It locks and unlocks by its hours again."),
        "lock-down": _("No badge opens it until somebody ends this by hand."),
        "finish": _("It turns off as soon as its job has ended."),
        "reset": _("Clears the fault: it can be turned on again."),
        "back": _("Everybody who may use it can turn it on again."),
        "identify": _("Its box blinks for ten seconds."),
    }.get(action.name, action.confirmation)


def _notified_text(db: Session, tile: board.Tile) -> str:
    now: Utc = context().clock()
    point = access_points.get(db, tile.point.id, actor=actor())
    notice = machine_notice(db, point, now, site_zone())
    return _("Who will be notified: %(who)s.", who=notice.summary) if notice else ""
