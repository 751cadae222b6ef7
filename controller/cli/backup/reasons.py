"""Translate restic's error output into a sentence that says what to do."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from controller.cli.work import CommandFailed

_NO_REPOSITORY, _LOCKED, _WRONG_PASSWORD = 10, 11, 12


class Reason(NamedTuple):
    """A cause by its code (the Backups page has its own sentence for each) and the sentence."""

    cause: str
    text: str


class ResticFailed(CommandFailed):
    """Raised when a backup could not be made, found or read; `cause` is the code of a `Reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text)
        self.cause = reason.cause


_BY_CODE = {
    _NO_REPOSITORY: Reason(
        "no_repository", "there is no repository at {where}: run loquet backup init, or mount it"
    ),
    _LOCKED: Reason("locked", "{where} is locked by another backup: try again once it has ended"),
    _WRONG_PASSWORD: Reason(
        "password", "the password in {password} is not that of {where}: put the right one there"
    ),
}
_BY_WORDS: Sequence[tuple[str, Reason]] = (
    # Messages of a server come first, because some of their words also occur in messages of a disk.
    (
        r"permission denied \(|host key verification|too many authentication",
        Reason(
            "not_let_in",
            "the server of {where} rejects our key: add this line to the file"
            " .ssh/authorized_keys of its user there, then try again: {key}",
        ),
    ),
    (
        r"no such host|could not resolve|name or service not known|connection (refused|reset"
        r"|timed out|closed)|no route to host|network is unreachable|i/o timeout",
        Reason(
            "unreachable",
            "the server of {where} does not answer: check its address, and whether it is on",
        ),
    ),
    (
        r"access ?denied|invalidaccesskeyid|signaturedoesnotmatch|access key|40[13] ",
        Reason("key", "the server of {where} rejects the key: correct it, or allow it there"),
    ),
    (
        r'"?ssh"?: executable file not found',
        Reason("no_ssh", "ssh is not installed: apt install openssh-client"),
    ),
    (  # ssh's own reason sometimes arrives too late to be in the output
        r"unable to start the sftp session",
        Reason(
            "no_sftp",
            "the server of {where} does not answer, or rejects our key: check its address, and"
            " add this line to the file .ssh/authorized_keys of its user there: {key}",
        ),
    ),
    (
        r"no space left|disk quota exceeded",
        Reason("full", "the disk of {where} is full: make room there, or keep fewer backups"),
    ),
    (
        r"read-only file system",
        Reason(
            "read_only",
            "{where} cannot be written: mount it for writing. The services write below"
            " /var/backups, /srv, /mnt and /media alone",
        ),
    ),
    (
        r"permission denied",
        Reason(
            "not_ours",
            "the services can't access {where}: loquet setup controller --backups {where}",
        ),
    ),
    (
        r"ciphertext verification|hash mismatch|does not match|unexpected eof|invalid data"
        r"|too short|not found in|no such file",
        Reason(
            "damaged",
            "a part of {where} is missing or damaged: check its disk, then start another"
            " repository or take another backup (restic says: {said})",
        ),
    ),
)


def reason_of(verb: str, code: int, output: bytes, **names: str) -> Reason:
    """Return the reason why a call of restic failed.

    `names`: where, password and key, to be filled into the sentence.
    """
    message = _first_error(output)
    match = _BY_CODE.get(code) or next(
        (reason for words, reason in _BY_WORDS if re.search(words, _lowercase(output))),
        Reason("other", "restic {verb} failed: {said}"),
    )
    return Reason(match.cause, match.text.format(verb=verb, said=message, **names))


def _lowercase(output: bytes) -> str:
    return output.decode(errors="replace").lower()


def _first_error(output: bytes) -> str:
    """Return restic's first error line, or its first line if none mentions an error."""
    lines = [
        _message_text(line) for line in output.decode(errors="replace").splitlines() if line.strip()
    ]
    error_lines = [line for line in lines if "rror" in line or "atal" in line]
    return (error_lines or lines or ["it gave no reason"])[0]


def _message_text(line: str) -> str:
    try:
        data: Any = json.loads(line)
    except ValueError:
        return line
    if not isinstance(data, dict):
        return line
    return str(data.get("message") or data.get("error") or line)
