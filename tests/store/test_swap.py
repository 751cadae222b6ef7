"""Files change places together, whatever moment the power goes at."""

import subprocess
import sys
from pathlib import Path

from controller.store.swap import Move, finish, swap

CUT = """
import os, signal, sys
from pathlib import Path
from controller.store.swap import Move, swap
left, folder = int(sys.argv[1]), Path(sys.argv[2])

def heard(name, args):
    global left
    writes = name == "open" and args[2] & (os.O_WRONLY | os.O_RDWR)
    if name in ("os.rename", "os.link", "os.remove") or writes:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

names = ("one", "two", "three")
moves = [Move(folder / f"{n}.new", folder / n, folder / f"{n}.kept") for n in names]
sys.addaudithook(heard)
swap(folder / "note", moves)
"""
OLD = {"one": "old", "two": "old", "three": None}
NEW = dict.fromkeys(OLD, "new")


def found(folder: Path) -> dict[str, str | None]:
    files = {name: folder / name for name in OLD}
    return {name: file.read_text() if file.exists() else None for name, file in files.items()}


def test_all_or_none_of_them_and_what_was_there_is_kept(tmp_path: Path) -> None:
    """Killed before each of its writes, until it comes to its end."""
    seen = []
    for step in range(30):
        folder = tmp_path / str(step)
        folder.mkdir()
        for name, text in OLD.items():
            (folder / f"{name}.new").write_text("new")
            if text is not None:
                (folder / name).write_text(text)
        done = subprocess.run([sys.executable, "-c", CUT, str(step), str(folder)], check=False)
        before = found(folder)
        finished = finish(folder / "note")
        assert found(folder) == (NEW if finished or done.returncode == 0 else OLD)
        if found(folder) == NEW:
            assert (folder / "two.kept").read_text() == "old"
        seen.append((finished, before not in (OLD, NEW)))
        if done.returncode == 0:
            break
    else:
        raise AssertionError("it never came to its end")
    assert (True, True) in seen  # some were caught in the middle


def test_a_second_finish_has_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "ready").write_text("new")
    swap(tmp_path / "note", [Move(tmp_path / "ready", tmp_path / "place", tmp_path / "kept")])
    assert (tmp_path / "place").read_text() == "new"
    assert not finish(tmp_path / "note")
