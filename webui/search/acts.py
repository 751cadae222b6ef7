"""The acts that the words of a search ask for, each with its effect."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

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
from webui.guard import actor, is_allowed, site
from webui.i18n import _, translator
from webui.i18n.dates import clock
from webui.live.tiles import tile
from webui.live.views import Action, Tile

MOST = 6
"""How many acts are shown."""
FEWEST_LETTERS = 3
"""Shortest beginning of a verb that is taken for one."""
SMALL_WORDS = N_("a an and for in of on the to")
"""Words that say nothing about what is looked for."""
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
"""By what words an act is found beside the first of its own, in English and the page's language."""
QUESTION = "question"
"""Name of the parameter for an act whose choices are asked for: its point and its deed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that can be done from the search: a form with one field, a question, or a link."""

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
    """What an act asks for before it is done."""

    title: str
    effect: str
    action: Action


def read_tiles(db: Session) -> list[tuple[board.Tile, Tile]]:
    """Return the state and the acts of all machines and doors."""
    now = context().clock()
    found = board.board(db, site().id, actor=actor(), now=now)
    may = is_allowed(Permission.COMMAND)
    return [(it, tile(it, found.kinds, now, found.site, may_command=may)) for it in found.tiles]


def acts(db: Session, query: str, tiles: Sequence[tuple[board.Tile, Tile]]) -> list[Act]:
    """Return what these words ask for: what is possible first."""
    asked = _asked(query)
    if not asked:
        return []
    found = [*_of_points(db, asked, tiles), *_of_people(db, asked)]
    return sorted(found, key=lambda act: bool(act.why))[:MOST]


def asks_for_act(query: str) -> bool:
    """Whether a word may be a verb; if not, nothing is read for acts."""
    verbs = " ".join(map(_verbs, VERBS))
    return any(_is_verb(word, verbs) for word in words(query))


def only_act(query: str, found: Sequence[Act]) -> Act | None:
    """Return the act that *Enter* does: the only one possible, if a verb and a name are there."""
    possible = [act for act in found if not act.why]
    is_whole = len(_asked(query)) > 1
    return possible[0] if is_whole and len(possible) == 1 else None


def names_in(query: str) -> str:
    """Return the words of a query that are no verbs, by which something is found to open."""
    verbs = " ".join(map(_verbs, VERBS))
    return " ".join(word for word in _asked(query) if not _is_verb(word, verbs))


def question(db: Session, asked: str) -> Question | None:
    """Return what an act asks for; None: there is no such act, or it asks for nothing."""
    point, _slash, deed = asked.partition("/")
    for found, shown in read_tiles(db):
        for action in shown.acts:
            if found.point.id == point and action.deed == deed and action.unfolds:
                return Question(
                    title=_named(action, shown.name),
                    effect=_effect(db, action, found),
                    action=action,
                )
    return None


def pieces(text: str, query: str) -> Iterator[tuple[str, bool]]:
    """Split a text into pieces, and say of each whether the query has it."""
    asked = _asked(query)
    for piece in re.split(r"(\w+)", text):
        if piece:
            yield piece, any(word.startswith(tuple(asked)) for word in words(piece) if asked)


def _of_points(
    db: Session, asked: Sequence[str], tiles: Iterable[tuple[board.Tile, Tile]]
) -> Iterator[Act]:
    matches = [
        (found, shown, action)
        for found, shown in tiles
        for action in _all_of(shown)
        if _is_asked(asked, action, found)
    ]
    matches.sort(key=lambda match: bool(match[2].why))
    for found, shown, action in matches[:MOST]:  # only now, as an effect takes statements
        asks = action.unfolds
        address = f"{found.point.id}/{action.deed}"
        yield Act(
            text=_named(action, shown.name),
            effect="" if action.why else _effect(db, action, found),
            icon=action.icon,
            href=url_for("search.search", question=address) if asks else action.href,
            asks=asks,
            why=action.why,
        )


def _is_asked(asked: Sequence[str], action: Action, found: board.Tile) -> bool:
    own, name = action.text.partition(" ")[0], found.point.name
    names = words(f"{name.fr or ''} {name.en or ''} {found.point.id}")
    return _fits(asked, f"{own} {_verbs(action.deed)}", names)


def _all_of(shown: Tile) -> Iterator[Action]:
    """Yield its acts, and the one on a machine's service that its state rules out."""
    deeds = {action.deed for action in shown.acts}
    if shown.main and shown.main.deed not in deeds:
        yield shown.main
    yield from shown.acts
    if "out" in deeds:
        text, why = _("Put back in service"), _("it is not out of service")
        yield Action(deed="back", text=text, icon="circle-check", href="", why=why)
    if "back" in deeds:
        text, why = _("Take out of service"), _("it is already out of service")
        yield Action(deed="out", text=text, icon="wrench", href="", why=why)


def _of_people(db: Session, asked: Sequence[str]) -> Iterator[Act]:
    who = [word for word in asked if not _is_verb(word, _verbs("leave"))]
    if len(who) < len(asked) and who and is_allowed(Permission.MEMBERS_WRITE):
        here = [it for it in _present(db) if lookup.matches(" ".join(who), it.name)]
        yield from map(_leave, here)
        gone = {it.member_id for it in here}
        yield from (_not_here(person) for person in _people(db, who) if person.id not in gone)
    who = [word for word in asked if not _is_verb(word, _verbs("lend"))]
    if len(who) < len(asked) and who and is_allowed(Permission.CREDENTIALS_WRITE):
        for person in _people(db, who):
            yield Act(
                text=_("Lend a badge, %(name)s", name=person.name),
                effect=_("Opens the desk: tap the badge to lend there."),
                icon="nfc",
                href=url_for("desk.show", person=person.id, _anchor="lend"),
                is_link=True,
            )


def _people(db: Session, who: Sequence[str]) -> Sequence[lookup.FoundPerson]:
    query, vault = " ".join(who), context().vault
    return lookup.find(db, query, site().id, vault=vault, actor=actor()).people


def _not_here(person: lookup.FoundPerson) -> Act:
    text = _("Out, %(name)s", name=person.name)
    return Act(text=text, effect="", icon="log-out", href="", why=_("not here"))


def _present(db: Session) -> Iterator[Present]:
    """Yield everybody who is in here, however many they are."""
    here = partial(presence.page, db, actor=actor(), site_id=site().id)
    return all_items(lambda cursor: here(cursor=cursor))


def _leave(it: Present) -> Act:
    at = clock(it.since, ZoneInfo(site().time_zone))
    if it.group_id:
        return Act(
            text=_("Out, %(name)s", name=it.name),
            effect=_("In since %(time)s. All leave, and their badge is returned.", time=at),
            icon="log-out",
            href=url_for("desk_acts.end_group", group=it.group_id),
        )
    return Act(
        text=_("Out, %(name)s", name=it.name),
        effect=_("In since %(time)s, is counted out from now on.", time=at),
        icon="log-out",
        href=url_for("desk_entering.leave"),
        field="presence",
        value=it.id,
    )


def _asked(query: str) -> list[str]:
    small = words(f"{SMALL_WORDS} {translator().say(SMALL_WORDS)}")
    return [word for word in words(query) if word not in small]


def _verbs(deed: str) -> str:
    text = VERBS.get(deed, "")
    return f"{text} {translator().say(text)}" if text else ""


def _is_verb(word: str, verbs: str) -> bool:
    return len(word) >= FEWEST_LETTERS and any(verb.startswith(word) for verb in words(verbs))


def _fits(asked: Sequence[str], verbs: str, names: Sequence[str]) -> bool:
    """Whether there is a verb, and all words begin a verb or a name."""
    known = (*words(verbs), *names)
    return any(_is_verb(word, verbs) for word in asked) and all(
        any(name.startswith(word) for name in known) for word in asked
    )


def _named(action: Action, name: str) -> str:
    return _("%(act)s, %(name)s", act=action.text.rstrip("…"), name=name)


def _effect(db: Session, action: Action, found: board.Tile) -> str:
    if action.deed == "out":
        return " ".join(filter(None, (_("Nobody can turn it on."), _who_is_told(db, found))))
    return {
        "open": _("It unlocks once, and locks again by itself."),
        "hold": _("It stays unlocked for everybody until the time that you choose."),
        "hours": _("It locks and unlocks by its hours again."),
        "lock-down": _("No badge opens it until somebody ends this by hand."),
        "finish": _("It turns off as soon as its job has ended."),
        "reset": _("Clears the fault: it can be turned on again."),
        "back": _("Everybody who may use it can turn it on again."),
        "identify": _("Its box blinks for ten seconds."),
    }.get(action.deed, action.sure)


def _who_is_told(db: Session, found: board.Tile) -> str:
    now: Utc = context().clock()
    point = access_points.get(db, found.point.id, actor=actor())
    notice = machine_notice(db, point, now, ZoneInfo(site().time_zone))
    return _("Who will be notified: %(who)s.", who=notice.summary) if notice else ""
