"""What Prometheus reads: the figures that stand in the database, for who may read them."""

import socket
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from controller.capabilities.metrics.figures import READ_METRICS
from controller.kernel.actor import Permission
from controller.kernel.database import Database
from controller.live import Live
from controller.settings import MetricsSettings, Settings, SiteSettings
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE
from tests.webui.metrics.metrics import NAME, fill, scrape, token
from webui.context import WebContext
from webui.listener import BindError
from webui.metrics.exposition import serve_metrics


def read(text: str) -> dict[tuple[str, ...], float]:
    """By name and values of labels, these in the order of their names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_figures_are_those_of_the_database(client: FlaskClient, database: Database) -> None:
    fill(database)
    status, text = scrape(client, token(database, "admin", READ_METRICS))
    found = read(text)
    assert status == 200
    assert found["loquet_events_stored_total", SITE, "access_granted"] == 7
    assert found["loquet_event_way_seconds_count", SITE] == 4
    assert found["loquet_event_way_seconds_sum", SITE] == 0.5
    assert found["loquet_decisions_total", "laser", "", "granted", SITE] == 5
    assert found["loquet_decisions_total", "laser", "no_plan", "refused", SITE] == 2
    assert found["loquet_people_present", SITE, "atelier"] == 1
    assert NAME not in text
    assert "Artois" not in text


def test_each_agent_is_told_of_with_its_lag(client: FlaskClient, database: Database) -> None:
    fill(database)
    found = read(scrape(client, token(database, "admin"))[1])
    this = ("accueil", SITE)
    assert found["loquet_agent_online", *this] == 1
    assert found["loquet_agent_backlog_events", *this] == 3
    assert found["loquet_agent_seen_timestamp_seconds", *this] == NOW.timestamp()
    assert found["loquet_agent_certificate_end_timestamp_seconds", *this] == 1798761600
    assert ("loquet_agent_temperature_celsius", *this) not in found


def test_only_a_token_that_may_reads_them(client: FlaskClient, database: Database) -> None:
    assert scrape(client, None)[0] == 401
    assert scrape(client, "loquet_wrong")[0] == 401
    assert scrape(client, token(database, "manager"))[0] == 403
    assert scrape(client, token(database, "admin", Permission.MEMBERS_READ))[0] == 403
    assert scrape(client, token(database, "admin"))[0] == 200


def test_openmetrics_is_answered_to_who_asks_for_it(
    client: FlaskClient, database: Database
) -> None:
    secret = token(database, "admin", READ_METRICS)
    accept = "application/openmetrics-text;version=1.0.0"
    headers = {"Authorization": f"Bearer {secret}", "Accept": accept}
    answer = client.get("/metrics", headers=headers)
    assert answer.content_type.startswith("application/openmetrics-text")
    assert answer.get_data(as_text=True).endswith("# EOF\n")


def context_with(database: Database, clock: Clock, bind: str | None) -> WebContext:
    settings = Settings(site=SiteSettings(id=SITE), metrics=MetricsSettings(bind=bind))
    return WebContext(
        settings=settings,
        database=database,
        live=Live("embedded"),
        secret="s" * 40,
        credential_keys={SITE: b"k" * 32},
        own_key=b"w" * 32,
        clock=clock,
    )


def test_an_address_of_their_own_asks_for_no_token(database: Database, clock: Clock) -> None:
    fill(database)
    with serve_metrics(context_with(database, clock, "127.0.0.1:0")) as port:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            found = read(answer.read().decode())
        assert found["loquet_decisions_total", "laser", "", "granted", SITE] == 5


def test_without_one_nothing_is_listened_on(database: Database, clock: Clock) -> None:
    with serve_metrics(context_with(database, clock, None)) as port:
        assert port is None


def test_an_address_that_is_taken_is_said(database: Database, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with (
            pytest.raises(BindError, match=r"\[metrics\] bind: can't listen"),
            serve_metrics(context_with(database, clock, bind)),
        ):
            pass
