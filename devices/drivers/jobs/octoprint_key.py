"""Gets an application key from OctoPrint and writes it to a file; a person allows it in OctoPrint.

python -m devices.drivers.jobs.octoprint_key http://octopi.local /etc/loquet/octopi.key

The workflow: https://docs.octoprint.org/en/main/bundledplugins/appkeys.html
"""

import argparse
import sys
import time
import urllib.request

import msgspec

from devices.drivers.jobs.meter import CONNECT_S, Json
from devices.drivers.secret_file import write_secret

POLL_S = 1.0
"""OctoPrint drops a request that was not polled for 5 s."""


def _ask(url: str, body: bytes | None = None) -> tuple[int, Json]:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  checked in main
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=CONNECT_S) as answer:
        return answer.status, msgspec.json.decode(answer.read(), type=Json)


def obtain(base: str) -> str:
    """Request a key and wait for the decision.

    Raises OSError if it is refused, late or unreachable.
    """
    _, request = _ask(f"{base}/plugin/appkeys/request", b'{"app":"Loquet"}')
    while True:
        status, answer = _ask(f"{base}/plugin/appkeys/request/{request['app_token']}")
        if status == 200:
            return str(answer["api_key"])
        time.sleep(POLL_S)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Get an application key from OctoPrint.")
    parser.add_argument("url", help="OctoPrint's address, like http://octopi.local")
    parser.add_argument("file", help="file for the key; must not exist yet")
    arguments = parser.parse_args()
    if not arguments.url.startswith(("http://", "https://")):
        parser.error("the address begins with http:// or https://")
    print("Now sign in to OctoPrint as the user whose key it will be, and allow 'Loquet'.")
    try:
        write_secret(obtain(arguments.url.rstrip("/")), arguments.file)
    except OSError as error:
        print(f"no key: {error}", file=sys.stderr)
        return 1
    print(f"the key is in {arguments.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
