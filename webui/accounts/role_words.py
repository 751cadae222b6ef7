"""Names of roles, and texts for what each role allows."""

from collections.abc import Collection, Mapping

from controller.assembly import HOUSE
from controller.kernel.actor import Permission, Role
from webui.i18n import _


def names() -> Mapping[Role, str]:
    """Return the name of each role."""
    return {
        Role.MEMBER: _("member"),
        Role.TRAINER: _("trainer"),
        Role.DESK: _("desk"),
        Role.OBSERVER: _("observer"),
        Role.DPO: _("data protection"),
        Role.TREASURER: _("treasurer"),
        Role.MANAGER: _("manager"),
        Role.ADMIN: _("administrator"),
    }


def summaries() -> Mapping[Role, str]:
    """Return what each role is for, in a few words."""
    return {
        Role.MEMBER: _("their page, bookings, data"),
        Role.DESK: _("entries, badges, passes; never why somebody is suspended"),
        Role.TRAINER: _("their courses; certifies people for what they may teach"),
        Role.OBSERVER: _("the reports, without any name"),
        Role.MANAGER: _("rules, equipment, suspensions, incident searches"),
        Role.TREASURER: _("tariffs, statements, payments and till; no badges, no entry log"),
        Role.DPO: _("audit log, retention, people’s requests"),
        Role.ADMIN: _("accounts, roles, tokens; a place’s last administrator can’t leave"),
    }


FOR_PROGRAMS = frozenset({"metrics", "prints:write", "webhooks"})
"""Permissions that only tokens use."""


def permission_texts() -> Mapping[str, str]:
    """Return what each permission allows, as a text; permissions for programs only are left out."""
    return {
        Permission.OWN_DATA: _("Get a copy of all their own data."),
        Permission.OWN_WRITE: _("Make bookings, enrol and send reports for themselves."),
        Permission.RULES_READ: _("See the machines, the courses and the rules of the place."),
        Permission.LIVE_READ: _("See live which machines are running and who is there."),
        Permission.MEMBERS_READ: _("Read members’ records."),
        Permission.MEMBERS_WRITE: _("Add and change members, subscriptions and passes."),
        Permission.CREDENTIALS_WRITE: _("Give, block and replace badges."),
        Permission.COMMAND: _("Open a door, stop a machine."),
        Permission.DESK: _("Run the desk: reports and handover notes."),
        Permission.AGENTS_READ: _("See the state of the boxes."),
        "safety:write": _("Add entries to the safety register."),
        Permission.CERTIFY: _("Certify, suspend and see the reasons."),
        Permission.RULES_WRITE: _("Change rules, hours and equipment."),
        Permission.AGENTS_WRITE: _("Add, replace and revoke boxes."),
        Permission.EVENTS_READ: _("Read the technical log."),
        "prints:read": _("See who printed what."),
        Permission.REPORTS_READ: _("Read the reports of usage and occupancy."),
        Permission.INCIDENTS: _(
            "With a second person: find out who passed a door or used a machine, after an incident."
        ),
        "safety:answer": _("Answer in the safety register."),
        Permission.PERSONAL_DATA: _("Give people their data, and erase it."),
        "money:take": _("Sell at the desk and record payments."),
        "money:read": _("See tariffs, statements and who owes what."),
        "money:write": _("Set tariffs, grant remissions, close a month or the till."),
        "messages": _("See the messages that the place sent, and choose who gets alerts."),
        "home:doors": _("Allow Home Assistant to open a door."),
        "calendars": _("Give out the calendar address of a machine, a room or the programme."),
        Permission.ACCOUNTS_READ: _("See the accounts and their roles."),
        Permission.AUDIT_READ: _("Read and verify the audit log."),
        "clock:confirm": _("Confirm the controller’s date."),
        Permission.ACCOUNTS_WRITE: _("Invite, give roles, close accounts."),
    }


def allowed_permissions(roles: Collection[Role]) -> frozenset[str]:
    """Return the permissions that these roles have together, of those that have a text."""
    return frozenset(
        permission
        for permission in permissions_with_text()
        if not permission.roles.isdisjoint(roles)
    )


def permissions_with_text() -> list[Permission]:
    """Return the permissions that have a text, in the order of the texts."""
    permissions = {str(permission): permission for permission in HOUSE.permissions}
    return [permissions[name] for name in permission_texts()]
