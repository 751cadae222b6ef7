"""Labels of the tables that hold personal data."""

from collections.abc import Mapping

from webui.i18n import _, pgettext


def table_labels() -> dict[str, str]:
    """Return the labels by table; tables that no page mentions are left out."""
    return {
        "credential": _("access badges"),
        "held": _("certifications and documents"),
        "subscription": _("subscriptions"),
        "pass": _("passes"),
        "pass_use": _("days used from a pass"),
        "enrolment": _("course enrolments"),
        "course_session": _("courses taught"),
        "booking": _("bookings"),
        "machine_session": _("machine sessions"),
        "account": _("sign-in accounts"),
        "member_suspension": _("suspensions"),
        "organisation_member": _("organisations"),
        "project_member": _("projects"),
        "maintainer": _("machines to maintain"),
        "supervisor": _("rooms to supervise"),
        "supervision_window": pgettext("windows", "supervision"),
        "presence": _("latest entry or exit"),
        "user_report": _("reports"),
        "money_entry": _("sales and remissions"),
        "payment": pgettext("money", "payments"),
        "statement": _("closed statements"),
    }


def text_location_labels() -> dict[str, str]:
    """Return, by table, where a text that may name somebody is found."""
    return {
        "access_point": _("a machine or a door"),
        "alarm": _("an alarm"),
        "audit_note": _("the audit log"),
        "certification": _("a certification’s name"),
        "course": _("a course’s name"),
        "course_session": _("a course session"),
        "evacuation": _("an evacuation"),
        "handover_note": _("a handover note"),
        "held_history": _("a step of a certification"),
        "incident": _("an incident search"),
        "invoicing": _("how an organisation is billed"),
        "maintenance_done": _("a maintenance entry"),
        "member_suspension": _("a suspension"),
        "money_entry": _("an amount due"),
        "need": _("a need"),
        "organisation": _("an organisation’s name"),
        "partner": _("a funder’s name"),
        "payment": _("a payment"),
        "plan": _("a plan’s name"),
        "project": _("a project’s name"),
        "provider": _("the place’s own address"),
        "safety_addition": _("the safety register"),
        "safety_entry": _("the safety register"),
        "schedule": _("the name of a schedule"),
        "tariff": _("a tariff’s decision"),
        "till_day": _("a day of the till"),
        "user_report": _("a report"),
        "visiting_group": _("a group’s name"),
        "zone": _("a room’s name"),
    }


def merge_summary(
    counts: Mapping[str, int], details: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    """Return label, number of rows and details of each table with rows that go to the kept record
    when two members are merged."""
    labels = table_labels().items()
    return tuple(
        (label, counts[name], details.get(name, ())) for name, label in labels if counts.get(name)
    )


def label_counts(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return label and number of each table with rows, in the order of the labels."""
    labels = table_labels().items()
    return tuple((label, counts[name]) for name, label in labels if counts.get(name))
