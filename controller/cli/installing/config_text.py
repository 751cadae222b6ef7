"""The config.toml that setting up writes where there is none."""

import json
from typing import TYPE_CHECKING

from controller.cli.installing.layout import Layout
from controller.settings import EVERYWHERE

if TYPE_CHECKING:
    from controller.cli.installing.controller import Wanted

_HEAD = """\
# Made by `loquet setup`, and yours from now on: it is never written over.
# What may stand here besides, with its default: docs/install.md, and `loquet schema config`.
"""


def controller_config(wanted: "Wanted") -> str:
    """That of a controller; an agent beside it finds its folder here too."""
    layout, keys = wanted.layout, wanted.layout.keys
    return _HEAD + "\n".join(
        [
            _table(
                "site",
                id=wanted.site,
                name=wanted.place,
                time_zone=wanted.time_zone,
                language=wanted.language,
                keys=str(keys),
            ),
            _table("database", url=f"sqlite:///{layout.state}/var/loquet.db"),
            _table(
                "mqtt",
                host=wanted.names[0],
                port=wanted.mqtt_port,
                bind=EVERYWHERE,
                ca=f"{keys}/ca.crt",
                cert=f"{keys}/hub.crt",
                key=f"{keys}/hub.key",
                broker_dir=str(layout.broker),
            ),
            _table(
                "web",
                bind=f"127.0.0.1:{wanted.web_port}",
                public_url=wanted.url,
                agents_url=wanted.agents_url,
                proxies=1,
                secret=f"{keys}/web.secret",
            ),
            _table("agent", state_dir=str(layout.agent)),
        ]
    )


def agent_config(layout: Layout) -> str:
    """That of a computer that is an agent alone."""
    return _HEAD + _table("agent", state_dir=str(layout.agent))


def _table(header: str, **keys: str | int) -> str:
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()]
    return "\n".join([f"[{header}]", *lines, ""])
