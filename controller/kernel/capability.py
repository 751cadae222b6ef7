"""What a feature gives to the house: alarms, reactions, proposals, and the rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.activity import Recent
from controller.kernel.actor import SHARED, Permission
from controller.kernel.facts import Contributor, Facts, PolicyHooks
from controller.kernel.jobs import Job
from controller.kernel.merged_events import KeptRefs
from controller.kernel.message import Message, Messages
from controller.kernel.names import Names
from controller.kernel.news import Kinds, News
from controller.kernel.privacy import PersonalDataRule
from controller.kernel.projections import Effect, Projection

# A machine session began: features propose on whose behalf; the first that knows counts.


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBegan:
    """A machine session has begun: who, where and when. Replaying it gives the same result."""

    session_id: str
    site_id: str
    access_point_id: str
    member_ref: str
    member_id: str | None
    """None: a group's badge."""
    at: Utc


@dataclass(frozen=True, slots=True)
class BookedTo:
    """On whose behalf a session is."""

    organisation_id: str | None = None
    project_id: str | None = None
    course_session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Proposer:
    """A feature that may know; of several, the one with the lowest rank is heard first."""

    rank: int
    propose: Callable[[Session, Sequence[SessionBegan]], Mapping[str, BookedTo]]
    """By session id, for those that it knows something of."""


# Kinds of alarm: what each is called, and what to do about it.


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """One kind; its texts stand in the catalogue of the feature that lists it."""

    kind: str
    title: str
    todo: str
    told_apart: bool = False
    """Whether its feature lists it on *Catch up* itself."""
    clears: str = ""
    """When it clears, unless that is when its cause is gone."""
    calm: bool = False
    """Whether it can wait: nobody is in danger and nothing is blocked."""


# What happens in other features when one changes something: in order, in the same transaction.

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Reaction(Generic[C]):
    """A feature's answer to a typed change of a feature before it, which does not know of it."""

    to: type[C]
    do: Callable[[Session, C], None]


def happen(db: Session, change: object) -> None:
    """Tell every feature of a change, in their order. What one raises undoes it all."""
    reactions: tuple[Reaction[Any], ...] = db.info["house"].reactions
    for reaction in reactions:
        if isinstance(change, reaction.to):
            reaction.do(db, change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that the place can do: its name, and whatever it has of the rest."""

    name: str
    permissions: tuple[Permission, ...] = ()
    """Permissions that only this feature uses."""
    reacts: tuple[Reaction[Any], ...] = ()
    """Reactions to typed changes in earlier features, in the same transaction."""
    news: tuple[type[News], ...] = ()
    """Types of news that it publishes through the outbox."""
    messages: tuple[type[Message], ...] = ()
    """Types of messages that it sends to people."""
    jobs: tuple[Job, ...] = ()
    """Its periodic jobs."""
    facts: Contributor | None = None
    """Its facts for the agents' policy."""
    projections: tuple[Projection, ...] = ()
    """Its projections of agents' events."""
    effects: tuple[Effect, ...] = ()
    """How events change its facts."""
    proposer: Proposer | None = None
    """Whether it knows on whose behalf a machine session is."""
    alarms: tuple[AlarmKind, ...] = ()
    """The kinds of alarms that it raises, with their texts."""
    names: tuple[Names, ...] = ()
    """Behind references to what is its own."""
    kept_refs: KeptRefs | None = None
    """Which references of people are of records that were merged, and into which."""
    activity: Recent | None = None
    """Its rows for the *Catch up* page."""
    personal_data: tuple[PersonalDataRule, ...] = ()
    """Personal-data rules of its tables: retention, erasure and export."""
    migrations: Path | None = None
    """Its branch of the schema's history, for a feature that is younger than the first schema."""
    locale: Path | None = None
    """The folder with its catalogues."""


@dataclass(frozen=True, slots=True, init=False)
class House:
    """All features in their order, and what they give together."""

    features: tuple[Capability, ...]
    permissions: tuple[Permission, ...]
    reactions: tuple[Reaction[Any], ...]
    kinds: Kinds
    messages: Messages
    jobs: tuple[Job, ...]
    facts: Facts
    policy: PolicyHooks
    projections: tuple[Projection, ...]
    effects: tuple[Effect, ...]
    proposers: tuple[Proposer, ...]
    alarms: Mapping[str, AlarmKind]
    names: tuple[Names, ...]
    kept_refs: tuple[KeptRefs, ...]
    activity: tuple[Recent, ...]
    personal_data: tuple[PersonalDataRule, ...]
    migrations: tuple[Path, ...]
    locale: tuple[Path, ...]

    def __init__(self, features: Iterable[Capability], policy: PolicyHooks) -> None:
        """Raises ValueError where two features, permissions, tables or jobs have one name."""
        put = object.__setattr__
        put(self, "features", tuple(features))
        own = [permission for feature in self.features for permission in feature.permissions]
        put(self, "permissions", _once((*SHARED, *own)))
        put(self, "reactions", tuple(one for feature in self.features for one in feature.reacts))
        kinds = [kind for feature in self.features for kind in feature.news]
        put(self, "kinds", Kinds(kinds))
        put(
            self,
            "messages",
            Messages(kind for feature in self.features for kind in feature.messages),
        )
        put(self, "jobs", tuple(job for feature in self.features for job in feature.jobs))
        put(self, "facts", Facts(feature.facts for feature in self.features if feature.facts))
        put(self, "policy", policy)
        put(
            self,
            "projections",
            tuple(one for feature in self.features for one in feature.projections),
        )
        put(self, "effects", tuple(one for feature in self.features for one in feature.effects))
        proposers = [feature.proposer for feature in self.features if feature.proposer]
        put(self, "proposers", tuple(sorted(proposers, key=lambda proposer: proposer.rank)))
        kinds_of_alarm = [kind for feature in self.features for kind in feature.alarms]
        put(self, "alarms", {kind.kind: kind for kind in kinds_of_alarm})
        put(self, "names", tuple(one for feature in self.features for one in feature.names))
        put(
            self, "kept_refs", tuple(filter(None, (feature.kept_refs for feature in self.features)))
        )
        put(
            self,
            "activity",
            tuple(feature.activity for feature in self.features if feature.activity),
        )
        put(
            self,
            "personal_data",
            tuple(one for feature in self.features for one in feature.personal_data),
        )
        folders = (feature.migrations for feature in self.features)
        put(self, "migrations", tuple(filter(None, folders)))
        put(self, "locale", tuple(filter(None, (feature.locale for feature in self.features))))
        _once(feature.name for feature in self.features)
        _once(rule.name for rule in self.personal_data)
        _once(job.name for job in self.jobs)
        _once(kind.kind for kind in kinds_of_alarm)

    def permission(self, name: str) -> Permission | None:
        """The permission of this name."""
        return next((permission for permission in self.permissions if permission == name), None)


def _once(names: Iterable[Any]) -> tuple[Any, ...]:
    seen = tuple(names)
    if twice := {name for name in seen if seen.count(name) > 1}:
        raise ValueError(f"declared twice: {', '.join(sorted(twice))}")
    return seen
