"""`loquet init`: make keys, certificates, the broker's configuration and the database."""

import argparse
import json
from datetime import UTC, datetime

from controller.cli import settings_of
from controller.settings import Settings

EXAMPLE = "loquet init --config config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none beyond the common ones."""


def run(args: argparse.Namespace) -> int:
    """Make what is missing; running it again changes nothing."""
    settings = settings_of(args)
    made = initialise(settings)
    if args.json:
        print(json.dumps({"made": made}))
    else:
        print("\n".join(f"made {file}" for file in made) or "Everything was there already.")
        print(f"Start the broker: mosquitto -c {settings.mqtt.broker_dir}/mosquitto.conf")
    return 0


def initialise(settings: Settings) -> list[str]:
    """Keys and broker files, then the database and its site. Names of what was made."""
    from controller.domain.time import Utc
    from controller.services.installation import prepare
    from controller.services.sites import ensure_site
    from controller.store.engine import open_database, sessions
    from controller.store.migrate import upgrade

    now = Utc.of(datetime.now(UTC))
    made = [str(file) for file in prepare(settings, now).files]
    engine = open_database(settings.database.url)
    upgrade(engine)
    with sessions(engine).begin() as db:
        if ensure_site(db, settings.site, now):
            made.append(f"site {settings.site.id} in the database")
    engine.dispose()
    return made
