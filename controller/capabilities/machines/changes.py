"""What happens at machines and doors that other features must act upon, in the same transaction."""

from dataclasses import dataclass

from controller.capabilities.machines.models import AccessPointRow, CommandRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class CommandSent:
    """Somebody asks an agent for something."""

    command: CommandRow
    actor: Actor


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    """An agent has said what became of a command."""

    command: CommandRow
    now: Utc


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """An access point went out of service, or came back."""

    point: AccessPointRow
    now: Utc
