"""Certificates for browsers end after a year: a timer makes them anew in time."""

from collections.abc import Iterator

from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.running_loquet import beside_python
from controller.cli.installing.steps import Step, Written

SERVICE, TIMER = "loquet-renew.service", "loquet-renew.timer"
_SERVICE = """\
[Unit]
Description=Loquet: new certificates in time
ConditionPathExists={config}

[Service]
Type=oneshot
ExecStart={loquet} setup controller --renew --config {config}
PrivateTmp=yes
ProtectHome=yes
"""
_TIMER = """\
[Unit]
Description=Loquet: new certificates in time

[Timer]
OnCalendar=weekly
RandomizedDelaySec=1h
Persistent=yes

[Install]
WantedBy=timers.target
"""


def unit_files(layout: Layout, manifest: Manifest) -> Iterator[Step]:
    """Those of the timer; systemd is told afterwards."""
    service = _SERVICE.format(loquet=beside_python("loquet"), config=layout.config)
    for name, text in ((SERVICE, service), (TIMER, _TIMER)):
        if not layout.packaged(name):
            yield Written(layout.units / name, text, manifest)
