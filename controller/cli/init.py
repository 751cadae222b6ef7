"""`loquet init`: make keys, certificates, the broker's configuration and the database."""

import argparse
import json

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
    from controller.services.database import Database, wall_clock
    from controller.services.installation import prepare
    from controller.services.sites import ensure_site
    from controller.store.engine import open_database
    from controller.store.migrate import upgrade

    made = [str(file) for file in prepare(settings, wall_clock()).files]
    engine = open_database(settings.database.url)
    upgrade(engine)
    with Database(engine).write() as db:
        if ensure_site(db, settings.site, wall_clock()):
            made.append(f"site {settings.site.id} in the database")
    engine.dispose()
    return made
