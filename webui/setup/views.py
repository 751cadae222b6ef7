"""What Setup shows: eight steps with what was answered, and the one that is open."""

from dataclasses import dataclass

from controller.capabilities.setup.progress import Progress, SetupStep
from controller.domain.facts import Language
from webui.agents.joining import JoinPage
from webui.i18n import _, name_of
from webui.i18n.dates import Zone, clock
from webui.machines.machine_view import MachinePage
from webui.naming import read_label
from webui.parts import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One of the eight: its name, what was answered, whether it is done or shown."""

    step: str
    name: str
    says: str
    done: bool
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPage:
    """The steps, and what the open one needs."""

    steps: tuple[StepLine, ...]
    step: str
    number: int
    left: int
    title: str
    progress: Progress
    name: str
    zone_name: str
    machine: str
    agent: str
    kinds: tuple[Option, ...]
    languages: tuple[Option, ...]
    join: JoinPage | None
    point: MachinePage | None
    first_trainer: bool
    tap: "TapView | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class TapView:
    """What the first tap is answered, or would be."""

    done: bool
    title: str
    lines: tuple[str, ...]


def step_lines(found: Progress, here: SetupStep, zone: Zone) -> tuple[StepLine, ...]:
    """The eight in their order."""
    return tuple(
        StepLine(
            step=each,
            name=step_names()[each],
            says=_says(found, each, zone),
            done=each in found.done,
            here=each is here,
        )
        for each in SetupStep
    )


def step_names() -> dict[SetupStep, str]:
    """What the steps are called."""
    return {
        SetupStep.PLACE: _("Le lieu"),
        SetupStep.ZONE: _("Le premier espace"),
        SetupStep.MACHINE: _("La première machine"),
        SetupStep.AGENT: _("Le boîtier"),
        SetupStep.PERSON: _("La première personne"),
        SetupStep.CERTIFICATION: _("La première habilitation"),
        SetupStep.COMMISSIONING: _("La mise en service"),
        SetupStep.TAP: _("Badger"),
    }


def titles(found: Progress) -> dict[SetupStep, str]:
    """The heading of each step."""
    machine = read_label(found.point.name) if found.point else _("la machine")
    return {
        SetupStep.PLACE: _("Comment s’appelle le lieu ?"),
        SetupStep.ZONE: _("Où est la première machine ?"),
        SetupStep.MACHINE: _("Quelle est la première machine ?"),
        SetupStep.AGENT: _("Reliez le boîtier : %(machine)s", machine=machine),
        SetupStep.PERSON: _("Qui badge en premier ?"),
        SetupStep.CERTIFICATION: _("Donnez la première habilitation"),
        SetupStep.COMMISSIONING: _("Mettez en service : %(machine)s", machine=machine),
        SetupStep.TAP: _("Badgez : %(machine)s", machine=machine),
    }


def _says(found: Progress, step: SetupStep, zone: Zone) -> str:
    """What was answered; else what is to come."""
    if step not in found.done:
        return _to_come()[step]
    language = name_of(Language(found.site.language))
    point, agent, person = found.point, found.agent, found.person
    says = {
        SetupStep.PLACE: _(
            "%(place)s, en %(language)s", place=read_label(found.site.name), language=language
        ),
        SetupStep.ZONE: read_label(found.zone) if found.zone else "",
        SetupStep.MACHINE: read_label(point.name) if point else "",
        SetupStep.AGENT: read_label(agent.name) if agent else "",
        SetupStep.PERSON: person.name if person else "",
        SetupStep.CERTIFICATION: _("ce que la machine demande"),
        SetupStep.COMMISSIONING: _("tout a été vu sur place"),
        SetupStep.TAP: _("accordé à %(time)s", time=clock(found.granted_at, zone))
        if found.granted_at
        else "",
    }
    return says[step]


def _to_come() -> dict[SetupStep, str]:
    return {
        SetupStep.PLACE: _("son nom et sa langue, 1 min"),
        SetupStep.ZONE: _("où elle est, 1 min"),
        SetupStep.MACHINE: _("sa sorte donne ses règles, 1 min"),
        SetupStep.AGENT: _("une ligne à coller, 5 min"),
        SetupStep.PERSON: _("son badge et son abonnement, 2 min"),
        SetupStep.CERTIFICATION: _("et qui forme en premier, 1 min"),
        SetupStep.COMMISSIONING: _("quelques essais, contacteur débranché, 10 min"),
        SetupStep.TAP: _("la machine répond « accordé »"),
    }
