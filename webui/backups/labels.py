"""Causes of a failed backup, as sentences that say what to do."""

from webui.i18n import _


def of_cause(cause: str, where: str) -> str:
    """For the cause by its name (`controller.cli.backup.reasons`)."""
    found = {
        "no_repository": _("There are no backups at this place. Is the disk plugged in?"),
        "password": _("The password kept here is not the one of these backups."),
        "no_password": _(
            "The password of the backups is no longer on this computer. Put your copy back."
        ),
        "locked": _("A backup is being made. Try again when it has ended."),
        "not_ours": _(
            "Loquet cannot use this folder. On the place’s computer, run: sudo loquet setup "
            "controller --backups %(where)s",
            where=where,
        ),
        "not_let_in": _(
            "The server does not let Loquet in. Add this line to the file .ssh/authorized_keys "
            "on the server, then try again."
        ),
        "no_sftp": _(
            "The server does not answer, or does not let Loquet in. Check its address, and add "
            "this line to its file .ssh/authorized_keys."
        ),
        "unreachable": _("The server does not answer. Check its address, and that it is on."),
        "key": _("The server refuses this key. Check it."),
        "no_ssh": _("The place’s computer lacks ssh: apt install openssh-client"),
        "no_restic": _("The place’s computer lacks restic: apt install restic"),
        "full": _("The disk of the backups is full. Make room there."),
        "read_only": _(
            "This place cannot be written to. A folder must be below /mnt, /media, /srv or "
            "/var/backups."
        ),
        "damaged": _(
            "A part of the backups is missing or damaged. Check their disk, and begin in "
            "another folder."
        ),
        "inside": _("This is where the place itself is kept. Choose another disk, or a server."),
        "unknown": _("This is neither the address of a folder nor that of a known kind of server."),
        "in_config": _("Backups are set in config.toml: change them there."),
    }
    return found.get(cause) or _("The backup did not succeed. This is what the program says.")


def days() -> tuple[tuple[int, str], ...]:
    """When: every day, or on one day of the week."""
    return (
        (0, _("Every day")),
        (1, _("On Mondays")),
        (2, _("On Tuesdays")),
        (3, _("On Wednesdays")),
        (4, _("On Thursdays")),
        (5, _("On Fridays")),
        (6, _("On Saturdays")),
        (7, _("On Sundays")),
    )
