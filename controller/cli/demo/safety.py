"""Entries of the demo's safety register: some weeks of them, and one that nobody has read yet."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.presence.models import EvacuationKind, EvacuationRow
from controller.capabilities.safety_register import entries
from controller.capabilities.safety_register.models import AdditionKind, SafetyKind
from controller.capabilities.safety_register.shapes import NewAddition, NewSafetyEntry
from controller.cli.demo.place import SITE_ID, on_open_day
from controller.cli.demo.texts import translate, translate_optional
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.wire.ids import uuid7

_ZONE = ZoneInfo("Europe/Paris")
_PRESSED = (
    "Une pièce mal serrée s’est mise à vibrer ; l’arrêt d’urgence a été pressé aussitôt. Personne"
    " n’a été touché.",
    "Une manche s’est approchée du mandrin : la personne d’à côté a pressé l’arrêt d’urgence.",
)
"""Accounts of the first emergency stops in the demo's history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """An entry of the register, with its author and an addition of the following day."""

    ago: timedelta
    hour: int | None = None
    """Hour of that day at the place; None: exactly `ago`."""
    kind: SafetyKind
    account: str
    by: str = "trainer"
    point: str | None = None
    zone: str | None = "atelier"
    place: str | None = None
    hurt: str | None = None
    injury: str | None = None
    done: str | None = None
    measures: str | None = None
    then: tuple[AdditionKind, str] | None = None


_STORIES = (
    _Story(
        ago=timedelta(days=37),
        hour=16,
        kind=SafetyKind.ACCIDENT,
        point="plotter",
        account="En changeant la lame du plotter, le capuchon a glissé : le pouce a été coupé.",
        hurt="Ophélie Brunet",
        injury="Petite coupure, pouce gauche",
        done="Plaie lavée, pansement de la trousse de l’atelier. Elle a fini sa découpe.",
        then=(AdditionKind.MEASURE, "Une pince pour la lame est attachée au plotter."),
    ),
    _Story(
        ago=timedelta(days=16),
        hour=11,
        kind=SafetyKind.NEAR_MISS,
        by="desk",
        account="Une plaque de contreplaqué posée debout est tombée à côté de quelqu’un.",
        place="Devant le rack à panneaux",
        done="Plaque remise à plat, passage dégagé.",
        measures="Rien ne reste debout hors du rack : affichette posée.",
    ),
    _Story(
        ago=timedelta(hours=3),
        kind=SafetyKind.DANGER,
        by="desk",
        zone="coworking",
        place="Devant la machine à café",
        account="De l’eau sous la machine à café : le sol glisse.",
        done="Séché, panneau posé, la machine est débranchée.",
    ),
)


_EVACUATIONS = (
    (
        416,
        EvacuationKind.DRILL,
        "manager",
        260,
        18,
        18,
        "La sortie du bois était encombrée : dégagée.",
    ),
    (235, EvacuationKind.DRILL, "desk", 215, 24, 25, "Une personne était entrée sans badge."),
    (150, EvacuationKind.DESK, "manager", 130, 12, 12, "Fumée à la découpe laser, filtre changé."),
    (48, EvacuationKind.DRILL, "manager", 168, 31, 31, None),
)
"""Evacuations: how many days ago, the kind, the role of who started it, the seconds, how many were
ticked as safe, how many were in, remarks."""


def add_register(database: Database, now: Utc) -> int:
    """Write the entries with the demo's accounts; returns their number."""
    with database.write() as db:
        people = {row.login.partition("@")[0]: row for row in db.scalars(select(AccountRow))}
        actors = {role: actor_of(db, row) for role, row in people.items()}
        stories = (*_emergency_stop_stories(db, now), *_STORIES)
        for story in sorted(stories, key=lambda entry: -entry.ago):
            _write(db, story, actors, now)
        for ago, kind, role, lasted, seen, heads, remarks in _EVACUATIONS:
            day = on_open_day(Utc.of(now - timedelta(days=ago))).astimezone(_ZONE)
            began = Utc.of(day.replace(hour=10, minute=15, second=0))
            db.add(
                EvacuationRow(
                    id=uuid7(),
                    site_id=SITE_ID,
                    kind=kind,
                    started_at=began,
                    started_by=actors[role].ref,
                    ended_at=Utc.of(began + timedelta(seconds=lasted)),
                    heads=heads,
                    seen=seen,
                    remarks=translate_optional(remarks),
                    everyone_back=True,
                )
            )
            db.flush()
    return len(stories)


def _emergency_stop_stories(db: Session, now: Utc) -> list[_Story]:
    """Return entries for emergency stops that are in the demo's history."""
    pressed = select(Alarm).where(Alarm.kind == "estop").order_by(Alarm.raised_at)
    return [
        _Story(
            ago=now - alarm.raised_at,
            kind=SafetyKind.NEAR_MISS,
            point=alarm.access_point_id,
            account=account,
            done="Machine vérifiée, puis réarmée.",
        )
        for alarm, account in zip(db.scalars(pressed.limit(len(_PRESSED))), _PRESSED, strict=False)
    ]


def _story_time(story: _Story, now: Utc) -> Utc:
    at = Utc.of(now - story.ago)
    if story.hour is None:
        return at
    at = on_open_day(at)
    return Utc.of(at.astimezone(_ZONE).replace(hour=story.hour, minute=12))


def _write(db: Session, story: _Story, actors: dict[str, Actor], now: Utc) -> None:
    """Write an entry an hour after it happened.

    The manager reads it a day later, if that is past.
    """
    happened = _story_time(story, now)
    new = NewSafetyEntry(
        kind=story.kind,
        happened_at=happened,
        account=translate(story.account),
        access_point=story.point,
        zone_id=story.zone,
        place=translate_optional(story.place),
        hurt=story.hurt,
        injury=translate_optional(story.injury),
        done=translate_optional(story.done),
        measures=translate_optional(story.measures),
        site_id=SITE_ID,
    )
    author, manager = actors[story.by], actors["manager"]
    soon = Utc.of(happened + timedelta(hours=1))
    later = on_open_day(Utc.of(happened + timedelta(days=1)), 1)
    entry = entries.create(db, new, actor=author, now=min(soon, now))
    if later > now:
        return
    entries.mark_read(db, entry.id, actor=manager, now=later)
    if story.then is not None:
        kind, text = story.then
        day_after = Utc.of(later + timedelta(hours=1))
        entries.add_to_entry(
            db, entry.id, NewAddition(kind=kind, text=translate(text)), actor=manager, now=day_after
        )
