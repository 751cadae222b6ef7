"""Backups on a page: nothing is green before the first, and each fault is a sentence."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from controller.capabilities.backups import backup_process
from controller.capabilities.backups.backup_process import RepositoryError
from controller.kernel import backups
from controller.kernel.actor import Actor
from controller.kernel.backup_outcomes import Outcome, is_due, outcomes, store_outcome
from controller.kernel.database import Database
from controller.settings import BackupSettings, Settings, SiteSettings
from tests.support.clock import Clock
from tests.webui.backups.backups_page import sent, text_of
from tests.webui.conftest import NOW, make_app, sign_in

PARIS = ZoneInfo("Europe/Paris")
NAS = "/mnt/nas/loquet"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of the application, whose keys lie in the current folder."""
    (tmp_path / "var/keys").mkdir(parents=True)
    (tmp_path / "var/keys/ca.key").touch()
    monkeypatch.chdir(tmp_path)
    return Settings(site=SiteSettings(keys="var/keys"))


@pytest.fixture
def admin(settings: Settings, database: Database, clock: Clock) -> FlaskClient:
    client = make_app(database, clock).test_client()
    assert sign_in(client, "admin") == 303
    return client


def chosen(settings: Settings) -> None:
    choice = backups.choice(settings, NAS)
    backups.choice_file(settings).write_bytes(
        json.dumps({"repository": NAS, "password_file": choice.password_file}).encode()
    )


def test_nothing_is_well_before_the_first_one(
    admin: FlaskClient, settings: Settings, database: Database, clock: Clock
) -> None:
    assert "Rien n’est sauvegardé" in text_of(admin)
    chosen(settings)
    text = text_of(admin)
    assert "Jamais sauvegardé" in text
    assert "is-running" not in text
    store_outcome(settings, "now", Outcome(at=NOW.text(), cause="full", text="the disk is full"))
    assert "Le disque des sauvegardes est plein" in text_of(admin)
    with database.write() as db:
        backups.record_backup(db, Actor.system("cli"), NOW)
    store_outcome(settings, "now", Outcome(at=NOW.text(), tables=149, rows=43, files=19))
    text = text_of(admin)
    assert "À jour" in text
    assert "149 tables, 43 lignes et 19 fichiers" in text
    card = admin.get("/settings").get_data(as_text=True)
    assert "restauration jamais essayée" in card
    store_outcome(settings, "verify", Outcome(at=NOW.text()))
    assert "restauration jamais essayée" not in admin.get("/settings").get_data(as_text=True)
    clock.forward(hours=49)
    assert "En retard" in text_of(admin)


def test_another_place_has_no_backup_until_one_is_made_there(
    admin: FlaskClient,
    settings: Settings,
    database: Database,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything is real except restic, which is left out."""
    monkeypatch.setattr(
        "controller.capabilities.backups.backup_process.create_repository", lambda _: None
    )
    chosen(settings)
    with database.write() as db:
        backups.record_backup(db, Actor.system("cli"), NOW)
    store_outcome(settings, "now", Outcome(at=NOW.text(), tables=149, rows=43, files=19))
    clock.forward(minutes=1)
    assert sent(admin, kind="folder", folder=NAS)[0] == 303
    assert "À jour" in text_of(admin)  # the same place again
    assert sent(admin, kind="folder", folder="/mnt/other/loquet")[0] == 303
    text = text_of(admin)
    assert "À jour" not in text
    assert "Pas encore de sauvegarde à cet emplacement" in text
    assert "149 tables" not in text
    assert is_due(backups.backup_settings(settings), PARIS, outcomes(settings).get("now"), NOW)
    assert "Pas encore de sauvegarde à cet emplacement" in admin.get("/settings").get_data(
        as_text=True
    )
    clock.forward(minutes=1)
    with database.write() as db:
        backups.record_backup(db, Actor.system("cli"), clock())
    assert "À jour" in text_of(admin)


def test_a_place_that_is_refused_leaves_the_earlier_one_as_it_was(
    admin: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_settings: Settings) -> None:
        raise RepositoryError("full", "")

    monkeypatch.setattr(backup_process, "create_repository", refused)
    chosen(settings)
    store_outcome(settings, "now", Outcome(at=NOW.text(), tables=149, rows=43, files=19))
    assert sent(admin, kind="folder", folder="/mnt/other/loquet")[0] == 422
    assert "149 tables" in text_of(admin)
    assert "move" not in outcomes(settings)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "folder", "folder": "/"}, "là que sont les données du lieu"),
        ({"kind": "folder", "folder": "mnt/nas"}, "ni celle d’un serveur pris en charge"),
        (
            {"kind": "sftp", "server": "-oProxyCommand=id@nas:/x"},
            "ni celle d’un serveur pris en charge",
        ),
        (
            {"kind": "sftp", "server": "loquet@-oProxyCommand=id:/x"},
            "ni celle d’un serveur pris en charge",
        ),
        ({"kind": "sftp", "server": 'loquet@nas:/x" -o ProxyCommand="id'}, "ni celle d’un serveur"),
        ({"kind": "s3", "bucket": "file:///etc"}, "ni celle d’un serveur pris en charge"),
    ],
)
def test_what_is_no_place_for_backups_is_refused(
    admin: FlaskClient, settings: Settings, form: dict[str, str], said: str
) -> None:
    status, text = sent(admin, **form)
    assert status == 422
    assert said in text
    assert not backups.choice_file(settings).exists()


def test_hour_and_day_are_kept(admin: FlaskClient, settings: Settings) -> None:
    assert sent(admin, "/backups/hour", hour="5", weekday="0")[0] == 400
    chosen(settings)
    assert sent(admin, "/backups/hour", hour="22", weekday="7")[0] == 303
    wanted = backups.backup_settings(settings)
    assert (wanted.hour, wanted.weekday, wanted.repository) == (22, 7, NAS)
    assert sent(admin, "/backups/hour", hour="24", weekday="0")[0] == 400


def test_only_an_admin_of_the_first_site_sets_them(
    admin: FlaskClient, settings: Settings, database: Database, clock: Clock
) -> None:
    (Path(settings.site.keys) / "ca.key").unlink()
    assert "Les sauvegardes couvrent toute l’installation" in text_of(admin)
    assert sent(admin, "/backups/now")[0] == 404
    manager = make_app(database, clock).test_client()
    assert sign_in(manager, "manager") == 303
    assert manager.get("/backups").status_code == 403


def test_a_weekly_one_is_late_after_more_than_a_week() -> None:
    assert BackupSettings(weekday=7).late - BackupSettings().late == 7 * (
        BackupSettings(late_hours=24).late
    )
