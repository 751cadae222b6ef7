"""One more hub: a certificate of its own, known to the broker and to the agents."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.agents.installation import hub_name
from controller.capabilities.agents.models import HubKey
from controller.cli.init import add_hub, initialise
from controller.kernel.database import Database
from controller.policy import rows_since
from controller.settings import MqttSettings, Settings, SettingsError
from controller.settings.reading import load
from controller.store.engine import open_database
from tests.faults.network.network_place import CONFIG, SITE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation on SQLite."""
    file = tmp_path / "config.toml"
    text = CONFIG.format(
        database="sqlite:///loquet.db",
        redis="embedded",
        broker=8883,
        web=8000,
        hub="hub",
        lease_s=7.0,
    )
    file.write_text(text)
    found = load(file, {})
    initialise(found)
    return found


def test_it_has_a_name_a_key_and_its_place_in_the_access_list(settings: Settings) -> None:
    certificate, key = add_hub(settings, "hub-second")
    assert hub_name(settings) == "hub-main"
    second = Settings(mqtt=MqttSettings(cert=certificate, key=key))
    assert hub_name(second) == "hub-second"
    access = (Path(settings.mqtt.broker_dir) / "acl").read_text()
    assert [line for line in access.splitlines() if line.startswith("user")] == [
        "user hub-main",
        "user hub-second",
    ]
    engine = open_database(settings.database.url)
    with Database(engine, house=HOUSE).read() as db:
        known = db.scalars(select(HubKey).where(HubKey.name == "hub-second")).one()
        rows = rows_since(db, SITE, 0, None, 100_000).rows
        told = next(json.loads(bytes(row.value)) for row in rows if row.table == "site")
    engine.dispose()
    assert known.kid in {hub_key["kid"] for hub_key in told["hub_keys"]}


def test_none_takes_the_name_of_another(settings: Settings) -> None:
    add_hub(settings, "hub-second")
    with pytest.raises(SettingsError, match="exists already; choose another name"):
        add_hub(settings, "hub-second")


def test_a_certificate_that_is_none_is_named(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "x.crt"
    missing = Settings(mqtt=MqttSettings(cert=str(file)))
    with pytest.raises(SettingsError, match=r"no hub certificate at .*x\.crt; run `loquet init`"):
        hub_name(missing)
    file.write_text("rubbish")
    with pytest.raises(SettingsError, match=r"x\.crt is not a certificate"):
        hub_name(missing)
