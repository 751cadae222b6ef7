"""`python -m tests.support.program CODE ARGUMENT...`: `python -c`, as a module of ours."""

import sys

if __name__ == "__main__":
    del sys.argv[0]
    exec(sys.argv[0], {"__name__": "__main__"})  # noqa: S102
