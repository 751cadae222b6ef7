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
"""The action that these rows suggest: look at the box."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    silent = ~AgentState.online | (AgentState.seen_at < Utc.of(query.now - UNKNOWN_AFTER))
    rows = db.execute(
        select(AgentRow.id, AgentRow.name, AgentState.seen_at)
        .join(AgentState, AgentState.agent_id == AgentRow.id)
        .where(AgentRow.site_id == query.site, AgentRow.revoked_at.is_(None), silent)
        .order_by(AgentState.seen_at, AgentRow.id)
        .limit(query.limit)
    )
    for key, name, silent_since in rows.all():
        last_seen = Utc.of(silent_since) if silent_since else query.now
        yield ActivityRow(
            part=Part.FAULTS,
            names=("agent", key, last_seen.text()),
            at=last_seen,
            title=say(
                "%(name)s: box offline since %(since)s", name=from_json(name, Name), since=last_seen
            ),
            facts=(say("still decides on its own"), say("often the network cable")),
            action=NextAction(CHECK, {"agent": key}),
            weight=Weight.TODO,
        )


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({CHECK}))
