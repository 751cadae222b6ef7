"""Lists boxes that are offline in the site's activity."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import UNKNOWN_AFTER
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    NextAction,
    Part,
    Weight,
    say,
)
from controller.policy.reading import from_json

CHECK = "agent.check"
"""The action that such a row proposes: look at the box."""


def _tell(db: Session, asked: ActivityQuery) -> Iterator[ActivityRow]:
    silent = ~AgentState.online | (AgentState.seen_at < Utc.of(asked.now - UNKNOWN_AFTER))
    rows = db.execute(
        select(AgentRow.id, AgentRow.name, AgentState.seen_at)
        .join(AgentState, AgentState.agent_id == AgentRow.id)
        .where(AgentRow.site_id == asked.site, AgentRow.revoked_at.is_(None), silent)
        .order_by(AgentState.seen_at, AgentRow.id)
        .limit(asked.limit)
    )
    for key, name, seen in rows.all():
        heard = Utc.of(seen) if seen else asked.now
        yield ActivityRow(
            part=Part.FAULTS,
            names=("agent", key, heard.text()),
            at=heard,
            title=say(
                "%(name)s: box offline since %(since)s", name=from_json(name, Name), since=heard
            ),
            facts=(say("still decides on its own"), say("often the network cable")),
            action=NextAction(CHECK, {"agent": key}),
            weight=Weight.TODO,
        )


RECENT = ActivitySource(tell=_tell, actions=frozenset({CHECK}))
