"""The figures as Prometheus metrics: prefix `loquet_`, base units, `_total` for sums.

They are read from the database at each scrape, so that every web process returns the same.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from controller.capabilities.metrics import figures
from controller.domain.time import Utc
from controller.kernel import job_rows, outbox_places
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.context import WebContext
from webui.listener import BindError

OpenRead = Callable[[], AbstractContextManager[Session]]
"""Opens a read transaction."""


def figures_registry(read: OpenRead, actor: Actor, clock: Callable[[], Utc]) -> CollectorRegistry:
    """Return a registry of all figures that the actor may read; it reads them at each scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(read, actor, clock))
    return registry


def exposition(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """Return the figures in the format that the client accepts, and its content type."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Figures(Collector):
    """Collects the figures for the registry."""

    def __init__(self, read: OpenRead, actor: Actor, clock: Callable[[], Utc]) -> None:
        self._read, self._actor, self._clock = read, actor, clock

    def describe(self) -> Iterator[Metric]:
        """Return nothing, so that registering the collector reads no database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield each family of figures once."""
        yield InfoMetricFamily(
            "loquet_build", "The running version", {"version": version("loquet")}
        )
        with self._read() as db:
            yield from _events(db, self._actor)
            yield _decisions(db, self._actor)
            yield from _agents(db, self._actor, self._clock())
            yield from _counts(db, self._actor)
            yield from _jobs(db)
            yield from _readers(db)


def _events(db: Session, actor: Actor) -> Iterator[Metric]:
    stored = CounterMetricFamily(
        "loquet_events_stored", "Events of agents, stored once", labels=("site", "type")
    )
    way = SummaryMetricFamily(
        "loquet_event_way_seconds",
        "Time from an event until it was stored, except for events that waited in a journal",
        labels=("site",),
    )
    ways: dict[str, list[int]] = {}
    for event in figures.event_totals(db, actor):
        stored.add_metric((event.site_id, event.type), event.stored)
        total = ways.setdefault(event.site_id, [0, 0])
        total[0] += event.on_time
        total[1] += event.way_ms
    for site, (number, way_ms) in ways.items():
        way.add_metric((site,), count_value=number, sum_value=way_ms / 1000)
    yield from (stored, way)


def _decisions(db: Session, actor: Actor) -> Metric:
    taps = CounterMetricFamily(
        "loquet_decisions", "Answers to taps", labels=("site", "access_point", "result", "reason")
    )
    for decision in figures.decision_totals(db, actor):
        result = "refused" if decision.reason else "granted"
        taps.add_metric(
            (decision.site_id, decision.access_point_id, result, decision.reason), decision.taps
        )
    return taps


def _agents(db: Session, actor: Actor, now: Utc) -> Iterator[Metric]:
    families = {
        "online": _of_agent("loquet_agent_online", "Whether it is connected"),
        "seen_at": _of_agent("loquet_agent_seen_timestamp_seconds", "When it last reported"),
        "certificate_until": _of_agent(
            "loquet_agent_certificate_end_timestamp_seconds", "When its certificate ends"
        ),
        "policy_behind": _of_agent(
            "loquet_agent_policy_lag_versions", "Versions of the policy that it does not have yet"
        ),
        "backlog": _of_agent("loquet_agent_backlog_events", "Events not acknowledged yet"),
        "disk_free_bytes": _of_agent(
            "loquet_agent_disk_free_bytes", "Free space on its memory card"
        ),
        "temperature_c": _of_agent(
            "loquet_agent_temperature_celsius", "Temperature of its processor"
        ),
    }
    for agent in figures.agents(db, actor, now):
        for name, family in families.items():
            if (value := getattr(agent, name)) is not None:
                family.add_metric((agent.site, agent.agent), _number(value))
    yield from families.values()


def _counts(db: Session, actor: Actor) -> Iterator[Metric]:
    alarms = GaugeMetricFamily(
        "loquet_alarms_open", "Alarms that are open", labels=("site", "kind")
    )
    for alarm in figures.alarms(db, actor):
        alarms.add_metric((alarm.site, alarm.kind), alarm.number)
    people = GaugeMetricFamily(
        "loquet_people_present", "Number of people who are in a zone", labels=("site", "zone")
    )
    for zone in figures.people(db, actor):
        people.add_metric((zone.site, zone.kind), zone.number)
    points = GaugeMetricFamily(
        "loquet_access_point_in_service",
        "Whether it is in service",
        labels=("site", "access_point"),
    )
    for site, point, in_service in figures.points(db, actor):
        points.add_metric((site, point), in_service)
    yield from (alarms, people, points)


def _jobs(db: Session) -> Iterator[Metric]:
    done = GaugeMetricFamily(
        "loquet_job_last_success_timestamp_seconds",
        "When a periodic job last succeeded",
        labels=("job", "site"),
    )
    failures = GaugeMetricFamily("loquet_job_failures", "Failures in a row", labels=("job", "site"))
    for job in job_rows.states(db):
        if job.succeeded_at is not None:
            done.add_metric((job.name, job.site), job.succeeded_at.timestamp())
        failures.add_metric((job.name, job.site), job.failures)
    yield from (done, failures)


def _readers(db: Session) -> Iterator[Metric]:
    behind = GaugeMetricFamily(
        "loquet_outbox_unread", "Outbox news that a reader has not read yet", labels=("reader",)
    )
    for lag in outbox_places.lags(db):
        behind.add_metric((lag.reader,), lag.behind)
    yield behind


def _of_agent(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=("site", "agent"))


def _number(value: float | Utc) -> float:
    return value.timestamp() if isinstance(value, Utc) else float(value)


# The figures on a port of their own, for a monitoring system that has no token.


@contextmanager
def serve_metrics(context: WebContext) -> Iterator[int | None]:
    """Serve the figures at `[metrics] bind` until the block ends; yield the port.

    Yields None if no address is set. Raises BindError.
    """
    bind = context.settings.metrics.bind
    if bind is None:
        yield None
        return
    host, _, port = bind.rpartition(":")
    registry = figures_registry(context.database.read, Actor.system("metrics"), context.clock)
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BindError(
            f"[metrics] bind: can't listen on {bind}: {reason}; free it, or choose another port"
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
