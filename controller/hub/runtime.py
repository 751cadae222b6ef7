"""The MQTT side of the controller, put together, started and stopped."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from sqlalchemy.exc import DBAPIError

from controller.capabilities.agents.hub_keys import register_hub_key
from controller.capabilities.alarms.failing_jobs import keep_job_alarm
from controller.capabilities.machines.news import CommandNews
from controller.domain.time import Utc
from controller.hub.admission import Admission
from controller.hub.budget import EVENTS, STATES, SYNCS, Budget
from controller.hub.commands import CommandSender
from controller.hub.complaints import Complaint, Complaints
from controller.hub.counters import Counters
from controller.hub.directory import Directory
from controller.hub.downlink import Downlink, Due
from controller.hub.inbox import Inbox, Room
from controller.hub.ingest import Ingest
from controller.hub.lease import Leases
from controller.hub.liveness import Liveness
from controller.hub.policy import PolicySender
from controller.hub.retained_cleanup import Tidy
from controller.hub.syncs import Syncs
from controller.hub.worker import GroupWorker
from controller.kernel.database import Database, wall_clock
from controller.kernel.job_runner import JobRunner
from controller.kernel.tail import Follower, Seen
from controller.live import Live
from controller.policy.news import PolicyNews
from controller.settings import Settings
from controller.wire.base64url import b64encode
from controller.wire.errors import WireError
from controller.wire.link_port import Incoming, Link
from controller.wire.signing import Signer
from controller.wire.topics import RETAINED, Channel, hub_subscriptions, parse

LOOK_S = 5.0
"""How often it looks for what the outbox did not bring, and for heads that are due."""
TIDY_S = 5.0


class Hub:
    """Ingest, policy, commands and liveness, on threads of their own.

    Several hubs may share an installation, each with a link and key of its own. `database` is the
    same that the web side uses when both are one process, so that `live` reaches both.
    """

    def __init__(
        self,
        database: Database,
        link: Link,
        signer: Signer,
        live: Live,
        *,
        name: str = "hub-main",
        clock: Callable[[], Utc] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
        settings: Settings | None = None,
        events: Budget = EVENTS,
    ) -> None:
        """`events`: how much each agent may tell."""
        settings = settings or Settings()
        self.counters = Counters()
        self._database = database
        self._link = link
        self._signer = signer
        self._name = name
        self._clock = clock
        self._directory = Directory(database, monotonic)
        self._tidy = Tidy(self._directory, link, self.counters)
        self._complaints = Complaints(database, self._directory, clock)
        floods = partial(self._complaints.add, complaint=Complaint.FLOODS)
        admission = Admission(
            self._directory,
            self.counters,
            self._tidy.stranger,
            partial(self._complaints.add, complaint=Complaint.MALFORMED),
        )
        self.leases = Leases(
            database,
            name,
            term_s=settings.mqtt.lease_s,
            is_able=lambda: link.connected,
            clock=clock,
            monotonic=monotonic,
        )
        self._served: set[str] = set()
        """The sites to whose topics it has subscribed."""
        self.ingest = Ingest(database, admission, link, self.counters, clock)
        self._events = GroupWorker(
            "events",
            self.ingest.handle,
            self.counters,
            budget=events,
            excess=floods,
            give_up=self.ingest.quarantine,
            gather_s=0.003,
            limit=100,
        )
        liveness = Liveness(database, admission, self.counters, clock)
        self._states = GroupWorker(
            "states",
            liveness.handle,
            self.counters,
            budget=STATES,
            excess=floods,
            gather_s=0.003,
            limit=500,
            inbox=Inbox(Room(messages=5_000, each_messages=200, each_turn=50)),
        )
        self._policy = PolicySender(
            database, self.leases, link, self.counters, clock=clock, monotonic=monotonic
        )
        self._commands = CommandSender(database, self.leases, link, self.counters, clock)
        self._syncs = GroupWorker(
            "syncs",
            Syncs(admission, self._policy).handle,
            self.counters,
            budget=SYNCS,
            excess=floods,
            gather_s=0.0,
            limit=10,
            inbox=Inbox(Room(messages=5_000)),
        )
        self._jobs = JobRunner(
            database,
            f"{name}/{os.getpid()}",
            settings,
            alarm=keep_job_alarm,
            sites=self.leases.held,
            clock=clock,
        )
        self._downlink = Downlink(self._periodic(), self.counters, monotonic)
        self._follower = Follower(database, live, self._seen)

    def _periodic(self) -> list[Due]:
        """What is done again and again, the lease first: the others depend on it."""
        return [
            Due("lease", self.leases.renew_s, self._renew),
            Due("policy", LOOK_S, self._policy.look),
            Due("commands", LOOK_S, self._commands.send_pending),
            Due("tidy", TIDY_S, self._tidy.sweep),
            Due("complaints", LOOK_S, self._complaints.look),
        ]

    def start(self) -> None:
        """Register this hub's key, connect, and work until `stop()`.

        Raises sqlalchemy.exc.DBAPIError when the database does not answer.
        """
        with self._database.write() as db:
            key = b64encode(self._signer.public_key_bytes)
            register_hub_key(
                db, name=self._name, kid=self._signer.kid, public_key=key, now=self._clock()
            )
        self._link.on_message(self._received)
        self._link.on_connection(self._connection)
        for each in (
            self._events,
            self._states,
            self._syncs,
            self._follower,
            self._downlink,
            self._jobs,
            self._link,
        ):
            each.start()

    def stop(self) -> None:
        """Finish what is in hand, let another hub take over, and disconnect."""
        for each in (
            self._jobs,
            self._follower,
            self._downlink,
            self._events,
            self._states,
            self._syncs,
        ):
            each.stop()
        self._link.stop()
        with suppress(DBAPIError):  # it ends by itself
            self.leases.release()

    def waiting(self) -> int:
        """How many messages have been received and not handled yet."""
        return sum(len(each.inbox) for each in (self._events, self._states, self._syncs))

    def _received(self, message: Incoming) -> None:
        """On the link's thread: put a message where it belongs, and nothing more."""
        try:
            topic = parse(message.topic)
        except WireError:
            self.counters.add("dropped_bad_topic")
            return
        self._tidy.saw(message, topic)
        if topic.channel in RETAINED and not message.payload:
            return  # it clears what was retained, and is nobody's word
        workers = {Channel.EVENTS: self._events, Channel.SYNC: self._syncs}
        workers.get(topic.channel, self._states).offer(topic.agent or "", message)

    def _connection(self, up: bool) -> None:
        """The broker may have lost what it retained, so heads go out again."""
        if up:
            self._downlink.do("policy", self._reconnected)

    def _reconnected(self) -> None:
        self._renew()
        self._policy.forget()
        self._policy.look()
        self._commands.send_pending()

    def _renew(self) -> None:
        taken = self.leases.renew()
        self._serve(self.leases.held())
        if taken:
            self._policy.look()
            self._commands.send_pending()

    def _serve(self, held: frozenset[str]) -> None:
        """Hear the agents of these sites; and those of a site that it gives up, until another hub
        has it: twice does no harm, and nobody is left unheard."""
        for site in held - self._served:
            for topic_filter in hub_subscriptions(site):
                self._link.subscribe(topic_filter)
        gone = (self._served & self.leases.elsewhere()) - held
        for site in gone:
            for topic_filter in hub_subscriptions(site):
                self._link.unsubscribe(topic_filter)
        self._served = (self._served | held) - gone

    def _seen(self, seen: Seen) -> None:
        """What changed that this hub must send: on the thread that sends, soon."""
        sites = {each.site for each in seen.news if isinstance(each.news, PolicyNews)}
        if sites:
            # Points may have moved to another agent, and keys may be new.
            self._directory.forget()
        for site in sites:
            self._downlink.do("policy", partial(self._policy.site_changed, site))
        if any(isinstance(each.news, CommandNews) for each in seen.news):
            self._downlink.do("commands", self._commands.send_pending)
        if seen.lost:
            self._downlink.do("policy", self._reconnected)
