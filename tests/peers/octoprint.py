"""A real OctoPrint with its virtual printer, and a person who grants and prints."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from devices.drivers.jobs import octoprint_key
from tests.peers.server import Server
from tests.peers.venv import bin_folder
from tests.support.programs import free_port

CONFIG = """
accessControl: {enabled: true, salt: salt}
server:
  firstRun: false
  onlineCheck: {enabled: false}
  pluginBlacklist: {enabled: false}
plugins:
  _disabled: [achievements, action_command_notification, action_command_prompt, announcements,
    backup, classicwebcam, corewizard, customcontrolmanager, discovery, errortracking,
    eventmanager, gcodeviewer, health_check, logging, pluginmanager, softwareupdate, tracking,
    uploadmanager]
  virtual_printer: {enabled: true}
serial: {autoconnect: true, port: VIRTUAL, baudrate: 115200}
"""
ADMIN_KEY = "B" * 32
USERS = f"""
_version: 2
admin:
  active: true
  apikey: {ADMIN_KEY}
  groups: [admins]
  password: none
  permissions: []
  roles: [user, admin]
  settings: {{}}
"""
PART = b"G28\nG1 X10 F600\n@pause\nG1 X20\nG1 X30\nM400\n"
"""A part that waits in its middle until somebody resumes it, and then ends by itself."""


class OctoPrint(Server):
    """Connected to its virtual printer, which prints nothing yet."""

    def __init__(
        self, folder: Path, plugins: Path | None = None, settings: Mapping[str, Any] | None = None
    ) -> None:
        """`plugins`: a folder of distributions besides its own; `settings`: of plug-ins."""
        python = bin_folder("octoprint") / "python"
        folder.mkdir(exist_ok=True)
        if not (folder / "config.yaml").exists():
            more = "".join(
                f"  {key}: {json.dumps(setting)}\n" for key, setting in (settings or {}).items()
            )
            (folder / "config.yaml").write_text(CONFIG.replace("serial:", f"{more}serial:"))
        (folder / "users.yaml").write_text(USERS)
        port = free_port()
        serve = ["serve", "--iknowwhatimdoing", "--host", "127.0.0.1", "--port", str(port)]
        words = [str(python), "-m", "octoprint", "--basedir", str(folder), *serve]
        env = {"PYTHONPATH": str(plugins)} if plugins else None
        super().__init__(words, port, folder / "output.log", env)
        self.wait("Operational")

    def admin(self, path: str, body: Any = None) -> Any:
        """Ask as its administrator."""
        return self.ask(path, body, {"X-Api-Key": ADMIN_KEY})

    def wait(self, state: str) -> None:
        """Until OctoPrint says that of its printer."""
        self.until("/api/job", lambda job: job["state"] == state, {"X-Api-Key": ADMIN_KEY})

    def print_part(self) -> None:
        """Upload the part, print it, and wait for its pause."""
        self.upload_and_print()
        self.wait("Paused")

    def upload_and_print(self) -> None:
        """As a slicer does."""
        head = b'--X\r\nContent-Disposition: form-data; name="file"; filename="part.gcode"\r\n\r\n'
        body = head + PART + b'\r\n--X\r\nContent-Disposition: form-data; name="print"\r\n\r\ntrue'
        kind = {"Content-Type": "multipart/form-data; boundary=X", "X-Api-Key": ADMIN_KEY}
        self.ask("/api/files/local", body + b"\r\n--X--\r\n", kind)

    def resume(self) -> None:
        """Let the part end."""
        self.admin("/api/job", {"command": "pause", "action": "resume"})

    def connect(self, command: str) -> None:
        """`connect` or `disconnect` the printer."""
        self.admin("/api/connection", {"command": command, "port": "VIRTUAL"})

    def app_key(self) -> str:
        """A key as any installation gets one: asked for, and allowed on the page meanwhile."""
        with ThreadPoolExecutor(1) as asking:
            key = asking.submit(octoprint_key.obtain, f"http://127.0.0.1:{self.port}")
            self.grant()
            return key.result(timeout=60)

    def grant(self) -> None:
        """Its administrator allows every application that asks."""
        headers = {"X-Api-Key": ADMIN_KEY}
        asked = self.until("/api/plugin/appkeys", lambda keys: keys["pending"], headers)
        for token in asked["pending"]:
            self.admin(f"/plugin/appkeys/decision/{token}", {"decision": True})
