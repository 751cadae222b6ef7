"""Sends recorded commands, on the hub that holds the site's lease, and records the answers."""

import math
from collections.abc import Callable, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.changes import CommandAnswered, CommandNews
from controller.capabilities.machines.models import CommandRow
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.hub.counters import Counters
from controller.hub.lease import Leases
from controller.kernel.capability import react
from controller.kernel.database import Database, wall_clock
from controller.kernel.jsontypes import to_json
from controller.kernel.outbox import post_news
from controller.wire.codec import encode, raw
from controller.wire.link_port import Link
from controller.wire.messages import Command, CommandReply
from controller.wire.topics import Topics


class CommandSender:
    """Sends the commands that have been recorded and not sent yet. For one thread only.

    After a crash between sending and recording that, a command is sent again; the agent answers a
    duplicate with its stored reply.
    """

    def __init__(
        self,
        database: Database,
        leases: Leases,
        link: Link,
        counters: Counters,
        clock: Callable[[], Utc] = wall_clock,
    ) -> None:
        self._database = database
        self._leases = leases
        self._link = link
        self._counters = counters
        self._clock = clock

    def send_pending(self) -> None:
        """Send the pending commands of this hub's sites that have not expired."""
        now = self._clock()
        waiting = select(CommandRow).where(
            CommandRow.site_id.in_(self._leases.own_sites()),
            CommandRow.sent_at.is_(None),
            CommandRow.expires_at > now,
        )
        with self._database.read() as db:
            rows = db.scalars(waiting.order_by(CommandRow.id)).all()
        sent = [row.id for row in rows if self._send(row, now)]
        if sent:
            with self._database.write() as db:
                for row in db.scalars(select(CommandRow).where(CommandRow.id.in_(sent))):
                    row.sent_at = now

    def _send(self, row: CommandRow, now: Utc) -> bool:
        if row.boot_id is None:
            return False
        point = row.access_point_id
        message = Command(
            at=now,
            command_id=row.id,
            boot_id=row.boot_id,
            type=row.type,
            access_point=None if point is None else AccessPointId(point),
            expires_at=row.expires_at,
            args=raw(row.args),
        )
        left_s = max(1, math.ceil((row.expires_at - now).total_seconds()))
        topic = Topics(row.site_id).agent_command(row.agent_id)
        sent = self._link.publish(topic, encode(message), expiry_s=left_s)
        self._counters.add("commands_sent", int(sent))
        return sent


def record_replies(db: Session, replies: Iterable[tuple[str, CommandReply]], now: Utc) -> None:
    """Record the agents' answers; only the first one counts, and only from the agent addressed."""
    answers = {reply.command_id: (agent, reply) for agent, reply in reversed(list(replies))}
    for row in db.scalars(select(CommandRow).where(CommandRow.id.in_(answers))):
        agent, reply = answers[row.id]
        if row.agent_id != agent or row.result is not None:
            continue
        row.result, row.reason, row.replied_at = reply.result.value, reply.reason, now
        row.data = None if reply.data is None else to_json(reply.data)
        row.sent_at = row.sent_at or now
        post_news(db, CommandNews(site=row.site_id, key=row.id))
        react(db, CommandAnswered(row, now))
