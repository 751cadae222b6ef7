"""Describe how far the rollout of a new agent program has come."""

from collections.abc import Iterator

from controller.capabilities.programs.rollout import ManagedAgent, RolloutProgress
from controller.kernel.shapes import Label
from controller.policy.reading import from_json
from webui.i18n import _
from webui.naming import read_label


def rollout_texts(rollout: RolloutProgress | None) -> Iterator[str]:
    """Yield short texts about the rollout; none if there is no program for these agents."""
    if rollout is None:
        return
    yield _(
        "version %(version)s on %(n)s of %(of)s",
        version=rollout.version,
        n=rollout.done,
        of=rollout.total,
    )
    if rollout.stopped_by is not None:
        yield _(
            "stopped: %(name)s went back to the previous version by itself",
            name=_name(rollout.stopped_by),
        )
    elif rollout.under_way is not None:
        name = _name(rollout.under_way)
        if rollout.under_way.state == "waiting":
            yield _("%(name)s is waiting until nobody is using it", name=name)
        else:
            yield _("%(name)s is being upgraded", name=name)


def _name(agent: ManagedAgent) -> str:
    return read_label(from_json(agent.name, Label))
