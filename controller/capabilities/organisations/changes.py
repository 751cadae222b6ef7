"""Changes of organisations and projects that later features may refuse."""

from dataclasses import dataclass

from controller.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PayingExtended:
    """An organisation or project would pay for more use.

    A feature refuses this to its own members.
    """

    actor: Actor
    organisation_id: str | None = None
    project_id: str | None = None
