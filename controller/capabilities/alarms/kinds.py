"""The kinds of alarms of agents and the controller, in addition to the faults in `domain`."""

from controller.domain.locale.catalogue import N_
from controller.kernel.capability import AlarmKind

KINDS = (
    AlarmKind("door_forced", N_("Door forced"), N_("Go and look at the door.")),
    AlarmKind("door_held", N_("Door held open"), N_("Close the door.")),
    AlarmKind(
        "badge_copied",
        N_("One badge at two places at once"),
        N_("This badge has probably been copied: call the person, then replace it."),
    ),
    AlarmKind("reader_unplugged", N_("Reader unplugged"), N_("Check the reader’s cable.")),
    AlarmKind(
        "reader_tampered", N_("Reader opened"), N_("Go and look at the reader: its cover is open.")
    ),
    AlarmKind("meter_silent", N_("Meter silent"), N_("The machine is treated as running.")),
    AlarmKind("switch_unreachable", N_("Power switch unreachable"), N_("Call maintenance.")),
    AlarmKind("switch_dropped", N_("Power switch opened by itself"), N_("Call maintenance.")),
    AlarmKind(
        "switch_welded",
        N_("Welded contactor"),
        N_("Switch it off at the isolator, call maintenance."),
    ),
    AlarmKind("strike_unreachable", N_("Strike unreachable"), N_("Call maintenance.")),
    AlarmKind("input_unreachable", N_("Input unreachable"), N_("Call maintenance.")),
    AlarmKind("indicator_unreachable", N_("Indicator unreachable"), N_("Call maintenance.")),
    AlarmKind(
        "power_cut", N_("Power cut"), N_("Check which machines were running: their jobs are lost.")
    ),
    AlarmKind(
        "journal_degraded",
        N_("Journal damaged"),
        N_("The box keeps working; replace its memory card."),
    ),
    AlarmKind(
        "journal_gap",
        N_("Events missing"),
        N_(
            "The box no longer has the events that are missing from the restored backup: run "
            "“loquet db check”."
        ),
    ),
    AlarmKind(
        "state_lost",
        N_("Box memory damaged"),
        N_("Its faults and locks have been lost: check its machines and doors."),
    ),
    AlarmKind("policy_rejected", N_("Rights refused by the box"), N_("Tell an administrator.")),
    AlarmKind(
        "journal_fork",
        N_("Journal in two versions"),
        N_("The memory card was copied, or put back to an older state."),
    ),
    AlarmKind("journal_chain", N_("Journal altered"), N_("Tell an administrator.")),
    AlarmKind("quarantine", N_("Message set aside"), N_("Tell an administrator.")),
    AlarmKind(
        "agent_floods",
        N_("Box sending too many messages"),
        N_("Excess messages are refused. If the box is unknown or compromised, revoke it."),
    ),
    AlarmKind(
        "agent_malformed",
        N_("Box sending unreadable messages"),
        N_("Upgrade the box. If it is unknown or compromised, revoke it."),
    ),
    AlarmKind(
        "agent_clock_ahead",
        N_("A box’s clock is wrong"),
        N_("Compare its time with the server’s: one of the two is wrong."),
    ),
    AlarmKind(
        "badge_guessing",
        N_("Many unknown badges"),
        N_("Go and look: somebody may be trying badges."),
    ),
    AlarmKind(
        "database_unavailable",
        N_("The database did not answer"),
        N_("The boxes have kept their events. Tell an administrator."),
    ),
    AlarmKind(
        "backup_late",
        N_("No recent backup"),
        N_("Tell an administrator: “loquet backup” shows the cause."),
    ),
    AlarmKind(
        "job_failing",
        N_("Server task failing"),
        N_("Tell an administrator: the cause is in the server’s log."),
    ),
)
