"""Run only the web server, on a free port that it prints."""

import sys
from pathlib import Path

from controller.cli.controller_runtime import open_controller, web_context
from controller.cli.process_tuning import limit_memory, tune_for_latency
from controller.settings.reading import load
from webui.app import create_app
from webui.listener import listen
from webui.server import serve


def main(config: str) -> None:
    """Serve until SIGTERM."""
    limit_memory()
    settings = load(Path(config))
    listener = listen("127.0.0.1:0")
    print(listener.getsockname()[1], flush=True)
    with open_controller(settings, single_process=True) as controller:
        app = create_app(web_context(controller))
        tune_for_latency()
        serve(app, listener, settings.web.threads)


if __name__ == "__main__":
    main(*sys.argv[1:])
