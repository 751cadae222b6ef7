"""The agent: connects files, policy, hardware, journal and link, and starts and stops them."""

import gc
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

from controller.settings import Settings
from controller.systemd import notify
from controller.wire.events import AgentStarted, ClockStepped, Event, JournalDegraded, WindowClosed
from controller.wire.ids import uuid7
from controller.wire.link import Link, PahoLink, UndeliveredMessage
from controller.wire.messages import Command, EventAck, FoundPlug
from devices.agent import translation
from devices.agent.agent_state import AgentState, TimeSource, clock_marks, open_state
from devices.agent.assembly import by_device, health, open_points
from devices.agent.cards import PolicyCards
from devices.agent.clock import ClockMode
from devices.agent.enrolment.identity import Identity
from devices.agent.enrolment.renewal import Renewal
from devices.agent.hardware import PointWiring, wire_points
from devices.agent.journal.retention import JournalRetention
from devices.agent.journal.thread import Journal
from devices.agent.judge import Judge
from devices.agent.link import telemetry
from devices.agent.link.commands import COMMAND_PREFIX, Commands
from devices.agent.link.inbox import Inbox
from devices.agent.link.outbound import Publisher
from devices.agent.loop import Loop
from devices.agent.plugs import Plugs
from devices.agent.points.point import Point, in_use
from devices.agent.policy.hub_keys import HubKeys
from devices.agent.policy.site_facts import Holders, SiteFacts
from devices.agent.policy.sync import PolicyAge, PolicySync
from devices.agent.policy.thread import PolicyThread
from devices.agent.program.program_store import ProgramStore
from devices.agent.program.upgrader import STEP_INTERVAL_S, Upgrader
from devices.agent.tools import Tools
from devices.wiring import Context, SharedResources

log = logging.getLogger(__name__)

PLUGS_INTERVAL_S = 2.0
"""Plugs are checked this often, so that a plug that comes or goes is reported in time."""
TIDY_INTERVAL_S = 3600.0
GC_INTERVAL_S = 10.0
"""Interval of a garbage collection of young objects.

Each tap leaves some cyclic garbage (paho's matcher); collected regularly, it takes a fraction of a
millisecond and does not grow to megabytes.
"""
STATUS_INTERVAL_S = 0.5
"""A changed policy position is published at most this often."""
INPUTS_WITHIN_S = 1.0
"""How long to wait for the inputs' first values before the agent reports that it is ready.

Until then, a machine with an emergency stop denies everybody.
"""


class Agent:
    """The whole agent. It is built on the main thread; then the thread in `run` owns all points."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        link: Callable[["Agent"], Link] | None = None,
        source: TimeSource | None = None,
    ) -> None:
        """Open files and hardware, with outputs off. Raises one-line errors: SettingsError,
        DeviceError, StateBusy, sqlite3.Error, OSError.

        `source` None: this computer's clocks.
        """
        self.identity, self._settings = identity, settings
        self._wirings: Sequence[PointWiring] = wire_points(settings)
        self.state: AgentState = open_state(
            Path(settings.agent.state_dir),
            ClockMode(settings.agent.clock),
            source,
            JournalRetention(days=settings.agent.journal_days),
        )
        self.loop = Loop(self.state.clock, self.state.heartbeat.beat)
        self._shared = SharedResources()
        self._reported_state: tuple[object, ...] = ()
        self._build()
        self.link = (link or _paho)(self)
        self._wire_up()

    def run(self) -> None:
        """Start the threads, report that it is ready, and serve until `stop`."""
        self.journal.start()
        self.policy.start(self._sync)
        self.link.start()
        # ends sessions of the last run, restores latches
        self._for_each_point(lambda point: point.settle())
        try:
            self.loop.serve_until(self._inputs_known, INPUTS_WITHIN_S)
            notify("READY=1")
            log.info("agent %s is ready", self.identity.enrolment.agent_id)
            self.loop.run()
        finally:
            self._shut_down()

    def stop(self) -> None:
        """End cleanly; may be called from any thread and from signal handlers."""
        self.loop.stop()

    def _build(self) -> None:
        state, enrolment = self.state, self.identity.enrolment
        own_points = [wiring.id for wiring in self._wirings]
        self._keys = HubKeys(enrolment.hub_keys)
        self.outbound = Publisher(
            enrolment.site_id, enrolment.agent_id, state.recorder, state.first_connection
        )
        self.journal = Journal(
            state.ledger, state.state_store, self.outbound.events, mono=state.clock.mono
        )
        self.policy = PolicyThread(
            state.policy,
            state.clock,
            self._keys,
            site_id=enrolment.site_id,
            own_points=own_points,
            on_facts=self._on_facts,
        )
        self._age = PolicyAge(state.policy, state.clock)
        self._sync = self._make_sync(state.random)
        self._holders = Holders(state.policy_file, self.policy.report_damage)
        self.judge = Judge(
            self.identity.keys, self._holders, self.policy.facts, self._age, state.clock
        )
        self._cards = self._open_cards()
        tools = Tools(
            clock=state.clock,
            recorder=state.recorder,
            journal=self.journal,
            judge=self.judge,
            words=translation.read_catalogues(),
            publish=self.outbound.point,
            recheck=lambda: self.loop.put(self._recheck),
            keep_alive=self.loop.keep_alive,
            last_seen=state.heartbeat.before,
        )
        self.points = open_points(
            enrolment.agent_id,
            self._settings.agent.pins,
            self._wirings,
            state,
            tools,
            self.loop,
            self._shared,
            self._cards,
        )
        self.loop.set_points(self.points, by_device(self._wirings, self.points))
        context = Context(
            device="plugs", emit=self.loop.put, agent=enrolment.agent_id, shared=self._shared
        )
        restart = partial(self.loop.put, self.stop)  # after the reply is sent
        self._plugs = Plugs(self._settings, self.points, context, restart)
        self._reported_plugs: Sequence[FoundPlug] = ()
        self._reported_trust = False
        """Whether the clock was trusted when telemetry last went out."""

    def _open_cards(self) -> PolicyCards:
        state = self.state
        cards = PolicyCards(
            state.policy_file,
            state.folder / "cards.db",
            self.identity.keys,
            f"broken-{uuid7()}",
            self.policy.report_damage,
        )
        if cards.lost:
            text = "the counters of cards were damaged, and begin anew"
            self._record(
                state.recorder.event(JournalDegraded, None, reason="state_lost", text=text)
            )
        return cards

    def _make_sync(self, random: Random) -> PolicySync:
        return PolicySync(
            self.state.policy,
            self._age,
            self.state.recorder,
            random,
            request=self.outbound.sync,
            report=self._record,
            applied=lambda change: self.policy.on_change(change),
        )

    def _wire_up(self) -> None:
        """Connect the link, commands and timers."""
        state, enrolment = self.state, self.identity.enrolment
        self._renewal = Renewal(self.identity, self._on_renewal)
        self._upgrading = self._open_programs()
        self._commands = Commands(
            self.points,
            state.state_store.read(COMMAND_PREFIX),
            clock=state.clock,
            recorder=state.recorder,
            journal=self.journal,
            reply=self.outbound.reply,
            renew_certificate=self._renewal.begin,
            wire_plug=self._plugs.wire,
            upgrade=self._upgrading.begin,
            keep_alive=self.loop.keep_alive,
        )
        inbox = Inbox(
            enrolment.site_id,
            enrolment.agent_id,
            self._keys,
            state.recorder,
            policy=self.policy.put,
            ack=self._on_acknowledgement,
            command=self._on_command,
            report=self._record,
            hub_seen=self._on_hub_message,
        )
        self.outbound.use(self.link)
        self.outbound.generation = lambda: self.identity.keys.generation
        self.outbound.stream = lambda: self.journal.health.stream
        self.outbound.position = lambda: (
            state.policy.position.epoch,
            state.policy.position.version,
        )
        self.link.on_message(inbox.take)
        self.link.on_connection(self._connection)
        self.link.on_undelivered(self._on_undelivered)
        for topic in self.outbound.reads():
            self.link.subscribe(topic)
        self.loop.every(STATUS_INTERVAL_S, self._status_if_changed)
        self.loop.every(1.0, self._windows)
        self.loop.every(5.0, self._check_clock)
        self.loop.every(telemetry.EVERY_S, self._telemetry)
        if self._plugs.is_enabled:
            self.loop.every(PLUGS_INTERVAL_S, self._plugs_if_changed)
        self.loop.every(TIDY_INTERVAL_S, self.journal.tidy)
        self.loop.every(GC_INTERVAL_S, _collect_young_generation)
        self.loop.every(STEP_INTERVAL_S, self._upgrading.step)
        self.loop.every(60.0, self._check_renewal)
        reason = "restart" if state.same_boot else "boot"
        self._record(
            state.recorder.event(
                AgentStarted,
                None,
                version=self.outbound.version,
                reason=reason,
                previous_stream=state.ledger.previous_stream,
            )
        )

    def _open_programs(self) -> Upgrader:
        return Upgrader(
            ProgramStore.of(self._settings.agent),
            self.identity,
            mono=self.state.clock.mono,
            in_use=lambda: in_use(self.points.values()),
            silent=lambda: sum(not device.ok for device in health(self._wirings, self.points)),
            restart=partial(self.loop.put, self.stop),
            tell=self._telemetry,
        )

    def _check_renewal(self) -> None:
        now = self.state.clock.now()
        self._renewal.check(now)
        self._renewal.search_controller(now, connected=self.link.connected)

    # Called on other threads: these only put work on queues.

    def _on_acknowledgement(self, ack: EventAck) -> None:
        self.journal.acknowledged(ack)
        self.loop.put(self._upgrading.hub_seen)

    def _on_hub_message(self) -> None:
        self.journal.hub_seen()
        self.policy.hub_seen()
        self.loop.put(self._upgrading.hub_seen)

    def _connection(self, up: bool) -> None:
        self.journal.on_connection(up)
        self.policy.on_connection(up)
        if up:
            self.loop.put(self._on_link_up)

    def _on_undelivered(self, message: UndeliveredMessage) -> None:
        if self.outbound.is_events(message.topic):
            self.journal.no_subscriber()
        elif self.outbound.is_sync(message.topic):
            self.policy.no_subscriber()

    def _on_facts(self, facts: SiteFacts) -> None:
        self.loop.put(lambda: self._new_facts(facts))

    def _on_command(self, command: Command) -> None:
        self.loop.put(lambda: self._commands.take(command))

    def _record(self, event: Event) -> None:
        self.journal.append(event)

    def _on_renewal(self) -> None:
        log.info("the certificate is renewed")
        if isinstance(self.link, PahoLink):
            mqtt = self.identity.enrolment.mqtt
            self.link.move(mqtt.host, mqtt.port)

    # Called on the loop's thread.

    def _on_link_up(self) -> None:
        """Publish everything retained again, since the broker may have lost it."""
        self._reported_state = ()
        self._status_if_changed()
        self.outbound.wiring(self._settings.agent.access_point)
        for point in self.points.values():
            point.republish()
        self._telemetry()

    def _new_facts(self, facts: SiteFacts) -> None:
        self.judge.new_facts(facts)
        self._recheck()
        self._status_if_changed()
        self._check_clock()

    def _recheck(self) -> None:
        self._for_each_point(lambda point: point.new_facts())

    def _inputs_known(self) -> bool:
        return all(point.inputs_known() for point in self.points.values())

    def _for_each_point(self, action: Callable[[Point], None]) -> None:
        """Call `action` for each point.

        If it fails, that point's power is cut, and the others go on.
        """
        for point in self.points.values():
            self.loop.guarded(point, partial(action, point))

    def _status_if_changed(self) -> None:
        now = (self.state.policy.position, self.journal.health.stream)
        if now != self._reported_state and self.link.connected:
            self._reported_state = now
            self.outbound.status()

    def _windows(self) -> None:
        clock, recorder = self.state.clock, self.state.recorder
        for id, window in self.judge.expired_windows(clock.decision_time()):
            self._record(
                recorder.event(
                    WindowClosed,
                    None,
                    window_id=id,
                    zone=window.zone,
                    supervisor=window.supervisor,
                    cause="expired",
                )
            )

    def _check_clock(self) -> None:
        clock = self.state.clock
        if step_s := clock.check():
            step_ms = round(step_s * 1000)
            self._record(self.state.recorder.event(ClockStepped, None, step_ms=step_ms))
        if saved := clock_marks(clock, self.state.recorder.boot):
            self.journal.append(saved=saved)
        if clock.trusted is not self._reported_trust:
            self._telemetry()

    def _telemetry(self) -> None:
        self._reported_plugs = self._plugs.discovered()
        self._reported_trust = self.state.clock.trusted
        self.outbound.telemetry(
            telemetry.measure(
                self.state.recorder,
                backlog=self.journal.health.backlog,
                policy_age_s=self._age.age_s(),
                loop_lag_s=self.loop.lag_s,
                state_dir=self.state.folder,
                devices=health(self._wirings, self.points),
                plugs=self._reported_plugs,
                program=self._upgrading.telemetry(),
            )
        )

    def _plugs_if_changed(self) -> None:
        if self._plugs.discovered() != self._reported_plugs:
            self._telemetry()

    def _shut_down(self) -> None:
        """Switch the outputs off first, then publish and save what happened."""
        notify("STOPPING=1")
        self._for_each_point(lambda point: point.stop())
        self._shared.close()
        self.policy.stop()
        self.journal.stop()
        self.outbound.status(online=False)
        self.link.stop()
        self._holders.close()
        self._cards.close()
        self.state.heartbeat.close()
        self.state.lock.close()


def _paho(agent: Agent) -> Link:
    identity = agent.identity
    enrolment, files = identity.enrolment, identity.files
    return PahoLink(
        host=enrolment.mqtt.host,
        port=enrolment.mqtt.port,
        ca=files.ca,
        cert=files.certificate,
        key=files.key,
        client_id=enrolment.agent_id,
        signer=identity.signer,
        will=agent.outbound.will,
    )


def _collect_young_generation() -> None:
    gc.collect(0)
