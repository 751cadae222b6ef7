"""Says what a process that runs this was given. Run by `tests/tools/test_warm.py`."""

import json
import os
import sys

if __name__ == "__main__":
    said = {
        "words": sys.argv[1:],
        "folder": os.getcwd(),
        "variable": os.environ.get("VARIABLE"),
        "input": sys.stdin.read(),
        "parent": os.getppid(),
        "is_warm": "webui.app" in sys.modules,
    }
    print(json.dumps(said))
    print("to the other stream", file=sys.stderr)
    sys.exit(3)
