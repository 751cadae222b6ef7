"""What this room does every so often."""

from controller.capabilities.presence import occupancy, presence
from controller.domain.facts import Name
from controller.kernel.jobs import Job, at_once

JOBS = (
    Job(
        name="presence",
        title=Name(fr="sorties à la fermeture", en="signing out at closing"),
        run=at_once(presence.sign_out_due),
    ),
    Job(
        name="occupancy",
        title=Name(fr="comptage des espaces", en="counting who is in"),
        run=at_once(occupancy.note_all),
    ),
)
