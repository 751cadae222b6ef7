"""The broker's side of agents: who signs, who may connect, whose connection ends."""

import logging
from collections.abc import Callable
from pathlib import Path

from controller.capabilities.agents import agents, broker, eviction, hub_keys
from controller.capabilities.agents.installation import HUB
from controller.capabilities.agents.pki import Authority
from controller.kernel.errors import Conflict
from webui.context import WebContext

_log = logging.getLogger(__name__)


def evict(context: WebContext, agent: str) -> Callable[[], None]:
    """End the connection that a revoked agent may still have."""

    def take_over() -> None:
        signs, mqtt = authority(context), context.settings.mqtt
        if not eviction.evict(mqtt, signs, agent, context.clock()):
            _log.warning("agent %s is revoked, but its connection could not be ended", agent)

    return take_over


def authority(context: WebContext) -> Authority:
    """Who signs certificates. Raises Conflict where this process enrols nobody."""
    if context.authority is None:
        raise Conflict("this server enrols no agents: it has no certificate authority")
    return context.authority


def install(context: WebContext) -> Callable[[], None]:
    """Have the broker know who is enrolled, from what is committed."""

    def write_lists() -> None:
        with context.database.read() as db:
            enrolled, serials = agents.broker_lists(db)
            hubs = {HUB} | hub_keys.hub_names(db)
        lists = broker.access_list(hubs, enrolled)
        revoked = authority(context).revocation_list(serials, context.clock())
        broker.install(Path(context.settings.mqtt.broker_dir), lists, revoked)

    return write_lists
