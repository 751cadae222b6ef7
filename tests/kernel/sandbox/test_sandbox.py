"""Whatever a file does to its reader, it ends within its limits, and only that reading fails."""

import os
import socket
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from controller.domain.facts import Language
from controller.kernel.sandbox import sandbox
from controller.kernel.sandbox.limits import MAX_BYTES, MIB, Limits
from controller.kernel.sandbox.problems import PROBLEM_TEXTS, NotReadable, ReadProblem

READERS = "tests.kernel.sandbox.sandbox_readers"
FEW = Limits(cpu_s=1, memory_bytes=200 * MIB, output_bytes=MIB)


def why(reader: str, limits: Limits = FEW, kind: type = int) -> ReadProblem:
    with pytest.raises(NotReadable) as caught:
        sandbox.read(f"{READERS}:{reader}", b"data", kind, limits)
    return caught.value.why


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ("spin", ReadProblem.TIME),
        ("swell", ReadProblem.MEMORY),
        ("end", ReadProblem.MEMORY),
        ("crash", ReadProblem.DAMAGED),
        ("raises", ReadProblem.DAMAGED),
        ("refuses", ReadProblem.ROWS),
        ("talks", ReadProblem.SIZE),
    ],
)
def test_each_limit_ends_one_reading_and_no_other(reader: str, expected: ReadProblem) -> None:
    assert why(reader) is expected
    assert sandbox.read(f"{READERS}:length", b"data", int, FEW) == 4


def test_a_reader_that_waits_is_ended_by_the_clock_on_the_wall() -> None:
    assert why("hang", Limits(timeout_s=0.5)) is ReadProblem.TIME


def test_what_is_no_such_json_is_damaged() -> None:
    assert why("length", kind=str) is ReadProblem.DAMAGED


def test_a_file_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(NotReadable) as caught:
        sandbox.read(f"{READERS}:length", bytes(MAX_BYTES + 1), int)
    assert (caught.value.why, caught.value.values) == (ReadProblem.SIZE, {"most": 64})


def test_it_inherits_no_secret_and_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOQUET_DATABASE_URL", "postgresql://loquet:secret@db/loquet")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials")
    with socket.create_server(("127.0.0.1", 0)) as server:
        os.set_inheritable(server.fileno(), True)
        found = sandbox.read(f"{READERS}:surroundings", b"", dict[str, list[str]])
    assert set(found["environment"]) <= {*sandbox.ENVIRONMENT, "LC_CTYPE"}  # Python sets that
    assert not [file for file in found["files"] if file.startswith("socket:")]


def test_it_writes_no_file(tmp_path: Path) -> None:
    target = tmp_path / "planted"
    with pytest.raises(NotReadable):
        sandbox.read(f"{READERS}:writes", str(target).encode(), int)
    assert target.read_bytes() == b""


def test_few_wait_and_the_others_are_refused_at_once(tmp_path: Path) -> None:
    """One reads and three wait, so that no more threads of the web server are kept."""
    pipes = [tmp_path / str(number) for number in range(sandbox.MAX_WAITING + 1)]
    for pipe in pipes:
        os.mkfifo(pipe)

    def read(pipe: Path) -> int:
        return sandbox.read(f"{READERS}:waits", str(pipe).encode(), int)

    with ThreadPoolExecutor(2 * len(pipes)) as pool:
        readings = {pool.submit(read, pipe): pipe for pipe in pipes}
        refused, waiting = wait(readings, return_when=FIRST_COMPLETED)
        assert len(waiting) == sandbox.MAX_WAITING
        error = refused.pop().exception()
        assert isinstance(error, NotReadable)
        assert error.why is ReadProblem.BUSY
        for reading in waiting:  # each waits until its pipe is read
            pool.submit(readings[reading].write_bytes, b"123")
        assert [reading.result() for reading in waiting] == [3] * sandbox.MAX_WAITING


def test_every_reason_is_said_in_both_languages() -> None:
    for reason in ReadProblem:
        problem = NotReadable(reason, most=7, problem="x")
        french, english = problem.text_in(Language.FR), problem.text_in(Language.EN)
        assert french != english == str(problem)
    assert PROBLEM_TEXTS.keys() == set(ReadProblem)
