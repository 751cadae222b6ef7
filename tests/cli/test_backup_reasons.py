"""What restic says becomes a sentence that tells what to do."""

import pytest

from controller.cli.backup.reasons import reason_of

NAMES = {"where": "/mnt/nas/loquet", "password": "/keys/p", "key": "ssh-ed25519 AAAA loquet"}


@pytest.mark.parametrize(
    ("code", "said", "cause", "text"),
    [
        (10, "Fatal: repository does not exist", "no_repository", "or mount it"),
        (12, "Fatal: wrong password", "password", "put the right one"),
        (11, "Fatal: unable to create lock", "locked", "once it has ended"),
        (
            1,
            "Fatal: open repository: Stat: open /mnt/nas/loquet/config: permission denied",
            "not_ours",
            "loquet setup controller --backups /mnt/nas/loquet",
        ),
        (1, "subprocess ssh: Permission denied (publickey,password).", "not_let_in", "AAAA"),
        (1, "ssh: Could not resolve hostname nas: Name or service", "unreachable", "its address"),
        (1, 'dial tcp: lookup s3.example: no such host"', "unreachable", "its address"),
        (1, "client.MakeBucket: Access Denied.", "key", "rejects the key"),
        (1, "write /mnt/nas/loquet/data: no space left on device", "full", "make room"),
        (1, "mkdir /etc/x: read-only file system", "read_only", "/var/backups, /srv"),
        (1, "unable to start the sftp session, error: unexpected EOF", "no_sftp", "AAAA"),
        (1, 'exec: "ssh": executable file not found in $PATH', "no_ssh", "openssh-client"),
        (1, "Load(<data/1>, 0, 0): invalid data returned", "damaged", "check its disk"),
        (1, '{"message_type":"exit_error","code":1,"message":"Fatal: odd"}', "other", "Fatal: odd"),
    ],
)
def test_each_cause_has_its_sentence(code: int, said: str, cause: str, text: str) -> None:
    reason = reason_of("init", code, said.encode(), **NAMES)
    assert reason.cause == cause
    assert text in reason.text
