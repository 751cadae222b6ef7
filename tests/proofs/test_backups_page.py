"""Backups from the page: chosen, their password shown once, made, proved; by the real restic."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from controller.capabilities.agents.installation import prepare
from controller.capabilities.backups import backup_process
from controller.kernel import backups
from controller.kernel.backup_outcomes import outcomes
from controller.kernel.database import Database, wall_clock
from controller.settings import Settings
from controller.settings.reading import load
from tests.support.clock import Clock
from tests.support.until import until
from tests.webui.backups.backups_page import sent, text_of
from tests.webui.conftest import clock, database, make_app, sign_in

__all__ = ["clock", "database"]

pytestmark = [pytest.mark.long, pytest.mark.needs("restic")]


@pytest.fixture
def place(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> tuple[Settings, FlaskClient]:
    """An admin's browser, and the settings that the command reads too."""
    monkeypatch.chdir(tmp_path)
    url = database.engine.url.render_as_string(hide_password=False)
    Path("config.toml").write_text(f'[site]\nid = "la-fabrique"\n[database]\nurl = "{url}"\n')
    settings = load(tmp_path / "config.toml", {})
    prepare(settings, wall_clock())
    clock.now = wall_clock()
    client = make_app(database, clock).test_client()
    assert sign_in(client, "admin") == 303
    return settings, client


def done(settings: Settings, action: str) -> None:
    until(
        lambda: action in outcomes(settings) and not backup_process.is_running(),
        lambda: f"{outcomes(settings)}",
    )


def test_from_the_choice_to_the_proof(place: tuple[Settings, FlaskClient], tmp_path: Path) -> None:
    settings, client = place
    folder = tmp_path.parent / f"{tmp_path.name}-nas"
    folder.mkdir()
    status, text = sent(client, kind="folder", folder=str(folder))
    assert status == 200
    (password,) = re.findall('<p class="backup-line">(.+?)</p>', text)
    assert (tmp_path / "var/keys/backup.password").read_text().strip() == password
    assert "Jamais sauvegardé" in text_of(client)
    assert sent(client, kind="folder", folder=str(folder))[0] == 303, "it is shown once"
    assert sent(client, "/backups/now")[0] == 303
    assert "Une sauvegarde est en cours" in text_of(client)
    done(settings, "now")
    text = text_of(client)
    assert "À jour" in text, outcomes(settings)
    assert "tout est identique" in text
    assert sent(client, "/backups/prove")[0] == 303
    done(settings, "verify")
    assert "la sauvegarde est complète" in text_of(client)
    assert password not in text_of(client)
    largest = max((folder / "data").rglob("*"), key=lambda path: path.stat().st_size)
    largest.chmod(0o600)
    largest.write_bytes(b"")
    (tmp_path / "var/backup-outcome.json").unlink()
    assert sent(client, "/backups/prove")[0] == 303
    done(settings, "verify")
    assert "manque ou est abîmée" in text_of(client)
    assert backups.backup_settings(settings).repository == str(folder)


def test_a_server_that_lets_nobody_in_is_shown_the_line_to_add(
    place: tuple[Settings, FlaskClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for restic, which says what ssh does. What was typed stays; nothing else."""
    settings, client = place
    program = tmp_path / "restic"
    program.write_text("#!/bin/sh\necho 'loquet@nas: Permission denied (publickey).' >&2; exit 1\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    status, text = sent(client, kind="sftp", server="loquet@nas.example:/loquet")
    assert status == 422
    assert "Le serveur refuse Loquet" in text
    (line,) = re.findall('<p class="backup-line">(.+?)</p>', text)
    assert re.fullmatch("ssh-ed25519 [A-Za-z0-9+/=]+ loquet", line)
    assert 'value="loquet@nas.example:/loquet"' in text
    assert not backups.backup_settings(settings).is_on
    assert not (tmp_path / "var/keys/backup.password").exists(), "it would never be shown"
