"""What a feature gives to the house; nothing is found by magic."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.kernel.activity import Recent
from controller.kernel.actor import SHARED, Permission
from controller.kernel.alarms import AlarmKind
from controller.kernel.facts import Contributor, Facts, PolicyHooks
from controller.kernel.jobs import Job
from controller.kernel.merged import KeptRefs
from controller.kernel.message import Message, Messages
from controller.kernel.names import Names
from controller.kernel.news import Kinds, News
from controller.kernel.privacy import PersonalDataRule
from controller.kernel.projections import Effect, Projection
from controller.kernel.reactions import Reaction
from controller.kernel.session_began import Proposer


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that the place can do: its name, and whatever it has of the rest."""

    name: str
    permissions: tuple[Permission, ...] = ()
    """Those that no other feature asks for."""
    reacts: tuple[Reaction[Any], ...] = ()
    """To typed changes of the features before it, in the same transaction."""
    news: tuple[type[News], ...] = ()
    """What it tells of through the outbox."""
    messages: tuple[type[Message], ...] = ()
    """What it writes to people."""
    jobs: tuple[Job, ...] = ()
    """What it does every so often."""
    facts: Contributor | None = None
    """What its tables mean to agents."""
    projections: tuple[Projection, ...] = ()
    """What it makes of agents' events, and can make again."""
    effects: tuple[Effect, ...] = ()
    """What events change among its facts."""
    proposer: Proposer | None = None
    """Whether it knows on whose behalf a machine session is."""
    alarms: tuple[AlarmKind, ...] = ()
    """What it raises alarms for, with words."""
    names: tuple[Names, ...] = ()
    """Behind references to what is its own."""
    kept_refs: KeptRefs | None = None
    """Which references of people are of records that were merged, and into which."""
    activity: Recent | None = None
    """What it tells of to whoever was away."""
    personal_data: tuple[PersonalDataRule, ...] = ()
    """What each of its tables holds of people: how long, how it is erased and exported."""
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
