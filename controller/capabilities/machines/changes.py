"""Changes of machines and doors to which other features react at once, and the news."""

from dataclasses import dataclass

from controller.capabilities.machines.models import AccessPointRow, CommandRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict
from controller.kernel.news import News

# News that this feature publishes through the outbox.


class PointNews(News, frozen=True, kw_only=True):
    """An access point, or the state that its agent reports, has changed."""

    FEATURE = "machines"
    WHAT = "point"


class CommandNews(News, frozen=True, kw_only=True):
    """A command was sent, or answered."""

    FEATURE = "machines"
    WHAT = "command"


@dataclass(frozen=True, slots=True)
class CommandSent:
    """Somebody is sending a command to an agent."""

    command: CommandRow
    actor: Actor


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    """An agent has answered a command."""

    command: CommandRow
    now: Utc


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """An access point went out of service, or came back; a reaction may raise StillDangerous."""

    point: AccessPointRow
    now: Utc


class StillDangerous(Conflict):
    """A machine can't come back into service because a report of a danger is open."""

    def __init__(self) -> None:
        super().__init__("this machine is reported as dangerous; resolve the report first")
