"""What this room does every so often."""

from controller.capabilities.tell import dangers, handover, user_reports
from controller.domain.facts import Name
from controller.kernel.jobs import Job, at_once

JOBS = (
    Job(
        name="dangers",
        title=Name(fr="arrêt des machines dangereuses", en="stopping dangerous machines"),
        run=at_once(dangers.stop_idle),
    ),
    Job(
        name="user_reports",
        title=Name(fr="oubli de qui a signalé", en="forgetting who told what is done"),
        run=at_once(user_reports.forget_names),
    ),
    Job(
        name="handover_notes",
        title=Name(fr="oubli des consignes traitées", en="forgetting notes that are done"),
        run=at_once(handover.forget_old),
    ),
)
