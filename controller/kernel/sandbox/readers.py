"""Functions that run in the sandbox and belong to no feature."""

import tomllib
from typing import Any

from controller.kernel.sandbox.problems import NotReadable, ReadProblem


def toml(data: bytes) -> dict[str, Any]:
    """Parse a TOML file. Raises NotReadable.

    In the sandbox because a key with many dots takes memory by the square of its length.
    """
    try:
        return tomllib.loads(data.decode())
    except ValueError as problem:
        raise NotReadable(ReadProblem.TOML, problem=str(problem)[:200]) from problem
