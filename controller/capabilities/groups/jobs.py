"""What this room does every so often."""

from controller.capabilities.groups import windows
from controller.domain.facts import Name
from controller.kernel.jobs import Job, at_once

JOBS = (
    Job(
        name="windows",
        title=Name(fr="fin des encadrements", en="ending supervision windows"),
        run=at_once(windows.close_over),
    ),
)
