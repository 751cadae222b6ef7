"""What is read in the sandbox and belongs to no feature."""

import tomllib
from typing import Any

from controller.kernel.sandbox.problems import NotReadable, ReadProblem


def toml(data: bytes) -> dict[str, Any]:
    """A TOML file: a key of many dots takes memory by the square of its length. Raises
    NotReadable."""
    try:
        return tomllib.loads(data.decode())
    except ValueError as problem:
        raise NotReadable(ReadProblem.TOML, problem=str(problem)[:200]) from problem
