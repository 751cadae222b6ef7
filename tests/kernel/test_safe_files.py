"""A file is read only where nobody could have exchanged it; with a user that is really another."""

import os
import pwd
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.cli.installing.rights import rights_of
from controller.safe_files import UnsafeFile, read_plain

SERVICE = "nobody"


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder that the service user owns, beside a secret of root's; pytest's own is closed."""
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        Path(made).chmod(0o755)
        secret, folder = Path(made, "secret"), Path(made, "theirs")
        secret.write_text("of root's")
        secret.chmod(0o600)
        folder.mkdir()
        _give(folder)
        yield folder


def _give(path: Path) -> None:
    found = pwd.getpwnam(SERVICE)
    os.chown(path, found.pw_uid, found.pw_gid, follow_symlinks=False)


def _link(folder: Path) -> Path:
    (folder / "note").symlink_to(folder.parent / "secret")
    return folder / "note"


def _linked_folder(folder: Path) -> Path:
    (folder / "below").symlink_to(folder.parent)
    return folder / "below/secret"


def _hard_link(folder: Path) -> Path:
    (folder / "note").hardlink_to(folder.parent / "secret")
    return folder / "note"


def _folder(folder: Path) -> Path:
    (folder / "note").mkdir()
    _give(folder / "note")
    return folder / "note"


def _pipe(folder: Path) -> Path:
    """Whoever opens one waits for a writer."""
    os.mkfifo(folder / "note")
    _give(folder / "note")
    return folder / "note"


def _roots_own(folder: Path) -> Path:
    (folder / "note").write_text("left by root")
    return folder / "note"


def _endless(folder: Path) -> Path:
    (folder / "note").write_bytes(b"x" * 101)
    _give(folder / "note")
    return folder / "note"


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (_link, "note is a link"),
        (_linked_folder, "below is a link"),
        (_hard_link, "somebody else"),
        (_folder, "not a regular file"),
        (_pipe, "not a regular file"),
        (_roots_own, "somebody else"),
        (_endless, "larger than 100 bytes"),
    ],
)
def test_what_is_not_the_users_own_file_is_not_read(
    theirs: Path, plant: Callable[[Path], Path], says: str
) -> None:
    planted = plant(theirs)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(UnsafeFile, match=says):
        read_plain(planted, 100)
    assert len(os.listdir("/proc/self/fd")) == before, "a descriptor stays open"


def test_the_users_own_file_is_read_and_so_is_what_root_has_linked(theirs: Path) -> None:
    (theirs / "note").write_text("theirs")
    _give(theirs / "note")
    roots = theirs.parent / "link"
    roots.symlink_to("theirs/note")
    assert read_plain(theirs / "note", 100) == read_plain(roots, 100) == b"theirs"


def test_a_link_that_anybody_could_have_put_there_is_not_followed(theirs: Path) -> None:
    public = theirs.parent / "public"
    public.mkdir()
    public.chmod(0o1777)
    (public / "note").symlink_to(theirs.parent / "secret")
    with pytest.raises(UnsafeFile, match="is a link"):
        read_plain(public / "note", 100)
    (public / "hard").hardlink_to(theirs.parent / "secret")
    with pytest.raises(UnsafeFile, match="a second name"):
        read_plain(public / "hard", 100)


def test_with_the_users_rights_root_reads_and_writes_no_more_than_that_user(theirs: Path) -> None:
    secret = theirs.parent / "secret"
    (theirs / "link").symlink_to(secret)
    with rights_of(SERVICE):
        for forbidden in (secret.read_text, (theirs / "link").read_text):
            with pytest.raises(PermissionError):
                forbidden()
        with pytest.raises(PermissionError):
            (theirs / "link").write_text("changed")
        (theirs / "own").write_text("made")
    assert (theirs / "own").stat().st_uid == theirs.stat().st_uid
    assert secret.read_text() == "of root's", "root has its rights again"
    with pytest.raises(ZeroDivisionError), rights_of(SERVICE):
        print(1 / 0)
    assert (os.geteuid(), secret.read_text()) == (0, "of root's")
