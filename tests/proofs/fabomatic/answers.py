"""Runs under FabOMatic's own Python: a real database of its, and its own answers to its boards.

`answers.py FOLDER` reads `[[machine, message], …]` from standard input, and prints the answers.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

SETTINGS = """
[database]
url = "sqlite:///{folder}/database.sqldb"
name = "fablab"
[MQTT]
broker = "localhost"
port = 1883
client_id = "backend"
topic = "machine"
reply_subtopic = "/reply"
stats_topic = "stats"
[web]
secret_key = "x"
default_admin_email = "admin@fablab.org"
[email]
server = "localhost"
port = 25
use_tls = false
username = ""
password = ""
sender = "admin@fablab.org"
"""
PEOPLE = 40


class Heard:
    """In place of its MQTT client: what it would have published."""

    def __init__(self) -> None:
        self.replies: list[Any] = []

    def setMessageCallback(self, callback: object) -> None:
        del callback

    def publishReply(self, machine: int, message: str) -> bool:
        del machine
        self.replies.append(json.loads(message))
        return True


def furnish(backend: Any) -> None:
    """Forty people, five machines, every third authorisation; some disabled, deleted, staff."""
    from FabOMatic.database import models

    with backend.getSession() as db:
        kinds = [
            models.MachineType(type_name="Asked", access_management=0),
            models.MachineType(type_name="Free", access_management=1),
        ]
        role = models.Role(role_name="Learners", authorize_all=False)
        db.add_all([*kinds, role])
        db.flush()
        for name in ("Laser CO₂", "Scie", "Perceuse", "Fraiseuse", "Tour"):
            kind = kinds[1 if name == "Perceuse" else 0].type_id
            db.add(models.Machine(machine_name=name, machine_type_id=kind, blocked=name == "Tour"))
        db.flush()
        staff = db.query(models.Role).filter_by(role_name="Fab Staff").one()
        for n in range(PEOPLE):
            user = models.User(
                name=f"Prénom{n}",
                surname=f"Nom{n}",
                role_id=staff.role_id if n % 10 == 9 else role.role_id,
                card_UUID=f"{0xA1B2C300 + n:08x}" if n % 8 != 7 else None,
                disabled=n % 9 == 8,
                deleted=n % 13 == 12,
                email=f"p{n}@example.org" if n % 2 else None,
            )
            db.add(user)
            db.flush()
            for machine in db.query(models.Machine).all():
                if (n + machine.machine_id) % 3 == 0:
                    right = models.Authorization(
                        user_id=user.user_id, machine_id=machine.machine_id
                    )
                    db.add(right)
        db.commit()


def main() -> None:
    """Make it once, then answer."""
    folder = Path(sys.argv[1])
    conf = folder / ".config" / "FabOMatic"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "settings.toml").write_text(SETTINGS.format(folder=folder), encoding="utf-8")
    os.environ["HOME"] = str(folder)
    os.chdir(folder)
    from FabOMatic.database.DatabaseBackend import DatabaseBackend
    from FabOMatic.logic.MsgMapper import MsgMapper
    from FabOMatic.mqtt.mqtt_types import Parser

    fresh = not (folder / "database.sqldb").exists()
    backend, heard = DatabaseBackend(), Heard()
    if fresh:
        backend.createAndUpdateDatabase()
        furnish(backend)
    mapper = MsgMapper(heard, backend)
    mapper.registerHandlers()
    answers = []
    for machine, said in json.load(sys.stdin):
        heard.replies.clear()
        mapper.messageReceived(machine, Parser.parse(json.dumps(said)))
        answers.append(heard.replies[0] if heard.replies else None)
    print("ANSWERS " + json.dumps(answers))


main()
