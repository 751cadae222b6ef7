"""What a feature declares: alarms, reactions, proposers and the rest; `House` has all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.activity import ActivitySource
from controller.kernel.actor import SHARED, Permission
from controller.kernel.facts import Contributor, Facts, PolicyHooks
from controller.kernel.jobs import Job
from controller.kernel.merged_events import SurvivingRefs
from controller.kernel.message import Message, Messages
from controller.kernel.names import Names
from controller.kernel.news import News, NewsKinds
from controller.kernel.privacy import PersonalDataRule
from controller.kernel.projections import Effect, Projection

# When a machine session begins, features propose on whose behalf it is; the first answer counts.


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBegan:
    """A machine session has begun.

    Replaying events creates the same object, so proposers must answer the same each time.
    """

    session_id: str
    site_id: str
    access_point_id: str
    member_ref: str
    member_id: str | None
    """None: unknown, as for a group's badge."""
    at: Utc
    is_dated: bool = True
    """Whether its time is known; if not, `at` follows from when it was reported, late."""


@dataclass(frozen=True, slots=True)
class OnBehalfOf:
    """The organisation, project or course session on whose behalf a session is."""

    organisation_id: str | None = None
    project_id: str | None = None
    course_session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Proposer:
    """Proposes on whose behalf a machine session is; the lowest rank with a proposal decides."""

    rank: int
    propose: Callable[[Session, Sequence[SessionBegan]], Mapping[str, OnBehalfOf]]
    """Returns proposals by session id, only for sessions about which it knows something."""


# Kinds of alarms, with their title and what to do about them.


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """A kind of alarm; its texts are in the catalogue of the feature that lists it."""

    kind: str
    title: str
    todo: str
    has_catch_up_rows: bool = False
    """Whether its feature has rows of its own for it on *Catch up*."""
    can_wait: bool = False
    """Nobody is in danger and nothing is blocked."""


# Reactions: when one feature changes something, later ones react in the same transaction.

C = TypeVar("C")
_CONTROLLER = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Reaction(Generic[C]):
    """A feature's reaction to a typed change in an earlier feature, which does not know of it."""

    change_type: type[C]
    do: Callable[[Session, C], None]


def react(db: Session, change: object) -> None:
    """Call all reactions to a change, in the order of features."""
    reactions: tuple[Reaction[Any], ...] = db.info["house"].reactions
    for reaction in reactions:
        if isinstance(change, reaction.change_type):
            reaction.do(db, change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One feature of the controller: its name, and everything that it declares."""

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
    facts: Contributor | None = None
    """Its facts for the agents' policy."""
    projections: tuple[Projection, ...] = ()
    effects: tuple[Effect, ...] = ()
    """Effects of events on other tables, called after the projections."""
    proposer: Proposer | None = None
    """Proposes on whose behalf machine sessions are."""
    alarms: tuple[AlarmKind, ...] = ()
    """The kinds of alarms that it raises, with their texts."""
    names: tuple[Names, ...] = ()
    """Finds names for references to its own records."""
    surviving_refs: SurvivingRefs | None = None
    """Maps the references of merged people to those that were kept."""
    activity: ActivitySource | None = None
    """Its rows for the *Catch up* page."""
    personal_data: tuple[PersonalDataRule, ...] = ()
    """Personal-data rules of its tables: retention, erasure and export."""
    migrations: Path | None = None
    """Folder of its own branch of migrations, for a feature younger than the first schema."""
    locale: Path | None = None
    """The folder with its catalogues, if it is not `locale` beside its `capability.py`."""


def _catalogues(feature: Capability) -> Path | None:
    """Return the folder with a feature's catalogues; None: it has no texts."""
    parents = (_CONTROLLER / "capabilities", _CONTROLLER / "integrations")
    folders = (parent / feature.name / "locale" for parent in parents)
    return feature.locale or next(filter(Path.is_dir, folders), None)


@dataclass(frozen=True, slots=True, init=False)
class House:
    """All features in their order, and what they declare together."""

    features: tuple[Capability, ...]
    permissions: tuple[Permission, ...]
    reactions: tuple[Reaction[Any], ...]
    kinds: NewsKinds
    messages: Messages
    jobs: tuple[Job, ...]
    facts: Facts
    policy: PolicyHooks
    projections: tuple[Projection, ...]
    effects: tuple[Effect, ...]
    proposers: tuple[Proposer, ...]
    alarms: Mapping[str, AlarmKind]
    names: tuple[Names, ...]
    surviving_refs: tuple[SurvivingRefs, ...]
    activity: tuple[ActivitySource, ...]
    personal_data: tuple[PersonalDataRule, ...]
    migrations: tuple[Path, ...]
    locale: tuple[Path, ...]

    def __init__(self, features: Iterable[Capability], policy: PolicyHooks) -> None:
        """Raises ValueError if a name is declared twice."""
        assign = object.__setattr__
        assign(self, "features", tuple(features))
        own = [permission for feature in self.features for permission in feature.permissions]
        assign(self, "permissions", _require_unique((*SHARED, *own)))
        assign(
            self, "reactions", tuple(item for feature in self.features for item in feature.reacts)
        )
        kinds = [kind for feature in self.features for kind in feature.news]
        assign(self, "kinds", NewsKinds(kinds))
        assign(
            self,
            "messages",
            Messages(kind for feature in self.features for kind in feature.messages),
        )
        assign(self, "jobs", tuple(job for feature in self.features for job in feature.jobs))
        assign(self, "facts", Facts(feature.facts for feature in self.features if feature.facts))
        assign(self, "policy", policy)
        assign(
            self,
            "projections",
            tuple(item for feature in self.features for item in feature.projections),
        )
        assign(
            self, "effects", tuple(item for feature in self.features for item in feature.effects)
        )
        proposers = [feature.proposer for feature in self.features if feature.proposer]
        assign(self, "proposers", tuple(sorted(proposers, key=lambda proposer: proposer.rank)))
        kinds_of_alarm = [kind for feature in self.features for kind in feature.alarms]
        assign(self, "alarms", {kind.kind: kind for kind in kinds_of_alarm})
        assign(self, "names", tuple(item for feature in self.features for item in feature.names))
        assign(
            self,
            "surviving_refs",
            tuple(filter(None, (feature.surviving_refs for feature in self.features))),
        )
        assign(
            self,
            "activity",
            tuple(feature.activity for feature in self.features if feature.activity),
        )
        assign(
            self,
            "personal_data",
            tuple(item for feature in self.features for item in feature.personal_data),
        )
        folders = (feature.migrations for feature in self.features)
        assign(self, "migrations", tuple(filter(None, folders)))
        assign(self, "locale", tuple(filter(None, map(_catalogues, self.features))))
        _require_unique(feature.name for feature in self.features)
        _require_unique(rule.name for rule in self.personal_data)
        _require_unique(job.name for job in self.jobs)
        _require_unique(kind.kind for kind in kinds_of_alarm)

    def permission(self, name: str) -> Permission | None:
        """Return the permission with this name; None: there is none."""
        return next((permission for permission in self.permissions if permission == name), None)


def _require_unique(names: Iterable[Any]) -> tuple[Any, ...]:
    items = tuple(names)
    if twice := {name for name in items if items.count(name) > 1}:
        raise ValueError(f"declared twice: {', '.join(sorted(twice))}")
    return items
