"""Builds, starts and stops the MQTT side of the controller."""

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from controller.capabilities.agents import agents, broker, brokers, hub_keys
from controller.capabilities.agents.brokers import Address, revocations, sites_at
from controller.capabilities.agents.changes import AgentNews
from controller.capabilities.agents.hub_keys import register_hub_key
from controller.capabilities.agents.installation import HUB
from controller.capabilities.alarms.controller_alarms import record_outages, set_job_alarm
from controller.capabilities.clock.clock_check import is_date_sure
from controller.capabilities.machines.changes import CommandNews
from controller.domain.time import Utc
from controller.hub.admission import Admission
from controller.hub.budget import EVENTS, Budget
from controller.hub.commands import CommandSender
from controller.hub.complaints import Complaint, Complaints
from controller.hub.counters import Counters
from controller.hub.directory import Directory
from controller.hub.downlink import Downlink, PeriodicTask
from controller.hub.ingest import Ingest
from controller.hub.lease import Leases, Subscriptions
from controller.hub.liveness import CatchUp, Liveness
from controller.hub.policy import PolicySender
from controller.hub.resume import Resumes
from controller.hub.retained_cleanup import RetainedCleanup
from controller.hub.workers import SyncRequests, Workers
from controller.kernel.database import Database, wall_clock
from controller.kernel.job_runner import JobRunner
from controller.kernel.outbox_follower import FollowerThread, FollowResult
from controller.live import Live
from controller.policy.flush import PolicyNews
from controller.settings import Settings
from controller.systemd import Watchdog
from controller.wire.base64url import b64encode
from controller.wire.errors import WireError
from controller.wire.link_port import IncomingMessage, Link
from controller.wire.signatures import Signer
from controller.wire.topics import RETAINED, parse

# The agents' access lists for a local broker; only a hub on the same machine can write them.


class AccessLists:
    """Writes the access list and the CRL of the broker at an address. For one thread only."""

    def __init__(self, database: Database, folder: Path, at: Address) -> None:
        self._database = database
        self._folder = folder
        self._at = at

    def poll(self) -> None:
        """Install the access list and CRL from the database if they differ.

        Raises DBAPIError, OSError.
        """
        with self._database.read() as db:
            access, crl = self._access(db), revocations(db)
        installed_crl = _read(self._folder / "crl.pem")
        if _read(self._folder / "acl") != access or crl not in (None, installed_crl):
            broker.install(self._folder, access, crl or installed_crl)

    def _access(self, db: Session) -> str:
        """Return the access list for the agents of this hub's sites."""
        sites = set(sites_at(db, self._at))
        enrolled, _ = agents.broker_lists(db)
        own_agents = [agent for agent in enrolled if agent.site in sites]
        return broker.access_list({HUB} | hub_keys.hub_names(db), own_agents)


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


_log = logging.getLogger(__name__)
POLL_S = 5.0
"""Seconds between checks for missed changes and for heads that are due."""
CATCH_UP_S = 2.0
"""Agents ask for missing rows after 1 to 6 s; most get them before that."""
TIDY_S = 5.0
"""Seconds between two cleanups of retained topics."""
HEALTH_S = 1.0
"""Seconds between two checks whether the database works again."""


class Hub:
    """Ingest, policy, commands and liveness, each on threads of its own.

    Several hubs may share an installation, each with a link and key of its own. If web and hub run
    in one process they use the same `database`, so that `live` reaches both.
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
        watchdog: Watchdog | None = None,
        follower: FollowerThread | None = None,
    ) -> None:
        """`events`: the budget of each agent.

        `watchdog` monitors the hub's loops. `follower`: a thread that already follows the outbox in
        this process; None: the hub starts and stops its own.
        """
        settings, watchdog = settings or Settings(), watchdog or Watchdog()
        self.counters = Counters()
        self._database, self._link, self._signer = database, link, signer
        self._name, self._clock = name, clock
        self._sites, self._at = settings.mqtt.sites, _address(settings)
        self._lists = self._access_lists(settings)
        self._monotonic = monotonic
        self._directory = Directory(database, monotonic)
        self._tidy = RetainedCleanup(self._directory, link, self.counters)
        self._complaints = Complaints(database, self._directory, clock)
        self._resumes = Resumes(monotonic)
        self.leases = self._leases(settings.mqtt.lease_s, monotonic)
        self._subscriptions = Subscriptions(self.leases, link)
        self._policy = PolicySender(
            database, self.leases, link, self.counters, clock=clock, monotonic=monotonic
        )
        self._catch_up = CatchUp(self._policy.bring_up)
        self._commands = CommandSender(database, self.leases, link, self.counters, clock)
        admission = self._admission()
        self.ingest = Ingest(database, admission, link, self.counters, clock, self._resumes)
        self._workers = self._make_workers(admission, events, watchdog)
        self._jobs = self._job_runner(settings)
        self._downlink = Downlink(
            self._periodic(), self.counters, monotonic, watchdog.loop("downlink")
        )
        self._follower = follower or FollowerThread(database, live)
        self._is_follower_ours = follower is None

    def _access_lists(self, settings: Settings) -> AccessLists | None:
        """Return the access lists of a separate broker; None for the main one, whose lists are
        written at enrolment."""
        if self._at is None:
            return None
        return AccessLists(self._database, Path(settings.mqtt.broker_dir), self._at)

    def _leases(self, term_s: float, monotonic: Callable[[], float]) -> Leases:
        link = self._link
        return Leases(
            self._database,
            self._name,
            term_s=term_s,
            at=self._at,
            is_able=lambda: link.connected,
            clock=self._clock,
            monotonic=monotonic,
        )

    def _admission(self) -> Admission:
        malformed = partial(self._complaints.add, complaint=Complaint.MALFORMED)
        return Admission(self._directory, self.counters, self._tidy.clear_if_retained, malformed)

    def _make_workers(self, admission: Admission, events: Budget, watchdog: Watchdog) -> Workers:
        liveness = Liveness(
            self._database,
            admission,
            self.counters,
            self._clock,
            resumes=self._resumes,
            resume=self.ingest.resume,
            catch_up=self._catch_up,
        )
        return Workers(
            self.ingest,
            liveness,
            SyncRequests(admission, self._policy),
            self.counters,
            events=events,
            excess=partial(self._complaints.add, complaint=Complaint.FLOODS),
            watchdog=watchdog,
        )

    def _job_runner(self, settings: Settings) -> JobRunner:
        return JobRunner(
            self._database,
            f"{self._name}/{os.getpid()}",
            settings,
            alarm=set_job_alarm,
            sites=self.leases.own_sites,
            clock=self._clock,
            monotonic=self._monotonic,
            is_date_sure=is_date_sure,
        )

    def _periodic(self) -> list[PeriodicTask]:
        """Return the periodic tasks; the lease comes first because the others depend on it."""
        lists = (
            [] if self._lists is None else [PeriodicTask("access lists", POLL_S, self._lists.poll)]
        )
        return [
            PeriodicTask("lease", self.leases.renew_s, self._renew, self.leases.next_end_s),
            *lists,
            PeriodicTask("policy", POLL_S, self._policy.poll),
            PeriodicTask("catch up", CATCH_UP_S, self._catch_up.poll),
            PeriodicTask("commands", POLL_S, self._commands.send_pending),
            PeriodicTask("tidy", TIDY_S, self._tidy.sweep),
            PeriodicTask("complaints", POLL_S, self._complaints.poll),
            PeriodicTask("database", HEALTH_S, self._watch_database),
        ]

    def start(self) -> None:
        """Register this hub's key, connect, and work until `stop()`.

        Raises sqlalchemy.exc.DBAPIError if the database is unavailable.
        """
        with self._database.write() as db:
            key = b64encode(self._signer.public_key_bytes)
            register_hub_key(
                db, name=self._name, kid=self._signer.kid, public_key=key, now=self._clock()
            )
            if self._at is not None:
                brokers.serve(db, self._at, self._sites)
        if self._lists is not None:
            try:
                self._lists.poll()  # its broker may not know this hub yet
            except OSError as problem:  # tried again every few seconds
                _log.error("the broker's access list can't be written: %s", problem.strerror)
        self._link.on_message(self._on_message)
        self._link.on_connection(self._connection)
        self._follower.add_listener(self._handle_news)
        for part in (self._workers, self._follower, self._downlink, self._jobs, self._link):
            part.start()

    def stop(self) -> None:
        """Finish the current work, release the leases for another hub, and disconnect."""
        self._follower.remove_listener(self._handle_news)
        if self._is_follower_ours:
            self._follower.stop()
        for part in (self._jobs, self._downlink, self._workers):
            part.stop()
        self._link.stop()
        with suppress(DBAPIError):  # they expire in any case
            self.leases.release()

    def waiting(self) -> int:
        """Return how many messages have been received and not handled yet."""
        return self._workers.waiting()

    def _on_message(self, message: IncomingMessage) -> None:
        """Queue a message; this runs on the link's thread, so it does nothing else."""
        try:
            topic = parse(message.topic)
        except WireError:
            self.counters.add("dropped_bad_topic")
            return
        self._tidy.note(message, topic)
        if topic.channel in RETAINED and not message.payload:
            return  # it only clears a retained message
        self._workers.offer(topic, message)

    def _connection(self, up: bool) -> None:
        """Send heads again after a connection, in case the broker has lost them."""
        if up:
            self._resumes.forget()
            self._downlink.do("policy", self._on_reconnect)

    def _on_reconnect(self) -> None:
        self._renew()
        self._policy.forget()
        self._policy.poll()
        self._commands.send_pending()

    def _renew(self) -> None:
        new_sites = self.leases.renew()
        self._subscriptions.follow()
        if new_sites:
            self._policy.poll()
            self._commands.send_pending()

    def _watch_database(self) -> None:
        """After a database fault: check whether it is over, and report it to people."""
        health = self._database.health
        if health.outage is not None:
            self._database.check()
        if outages := health.ended():
            with self._database.write() as db:
                record_outages(db, outages)
            health.mark_reported(outages)

    def _handle_news(self, result: FollowResult) -> None:
        """Queue jobs that send what has changed, on the downlink's thread."""
        sites = {
            news_item.site for news_item in result.news if isinstance(news_item.news, PolicyNews)
        }
        if sites:
            # Access points may belong to another agent now, and keys may be new.
            self._directory.forget()
        for site in sites:
            self._downlink.do("policy", partial(self._policy.site_changed, site))
        if self._lists is not None and any(
            isinstance(news_item.news, AgentNews) for news_item in result.news
        ):
            self._downlink.do("access lists", self._lists.poll)
        if any(isinstance(news_item.news, CommandNews) for news_item in result.news):
            self._downlink.do("commands", self._commands.send_pending)
        if result.lost:
            self._downlink.do("policy", self._on_reconnect)


def _address(settings: Settings) -> brokers.Address | None:
    """Return the address of a separate broker; None for the installation's own."""
    mqtt = settings.mqtt
    return brokers.Address(mqtt.host, mqtt.port) if mqtt.sites else None
