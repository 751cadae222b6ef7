"""A real Moonraker, which finds its Klipper at a Unix socket."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.peers.server import Server
from tests.peers.venv import bin_folder
from tests.support.programs import free_port

CONFIG = """
[server]
host: 127.0.0.1
port: {port}
klippy_uds_address: {klippy}
[authorization]
force_logins: false
[file_manager]
check_klipper_config_path: False
[machine]
provider: none
validate_service: False
validate_config: False
"""


class Moonraker(Server):
    """Trusts nobody without its key."""

    def __init__(
        self, folder: Path, klippy: Path, program: Path | None = None, sections: str = ""
    ) -> None:
        """`program`: a folder with another `moonraker` than the environment's; `sections`: more of
        its configuration."""
        python = bin_folder("moonraker") / "python"
        self._folder = folder
        (folder / "config").mkdir(parents=True, exist_ok=True)
        port = free_port()
        config = folder / "config" / "moonraker.conf"
        config.write_text(CONFIG.format(port=port, klippy=klippy) + sections)
        words = [str(python), "-m", "moonraker", "--datapath", str(folder), "--nologfile"]
        env = {"PYTHONPATH": str(program)} if program else None
        super().__init__(words, port, folder / "output.log", env)
        self.until("/access/info", lambda answer: answer["result"])

    @property
    def key(self) -> str:
        """Its API key, which its page shows to whoever is signed in."""
        path = self._folder / "database" / "moonraker-sql.db"
        with closing(sqlite3.connect(path)) as database:
            ((key,),) = database.execute(
                "SELECT password FROM authorized_users WHERE username = '_API_KEY_USER_'"
            )
        return str(key)
