"""Managers see on the *Integrations* page how sending to the log server goes."""

from controller.kernel.database import Database
from controller.kernel.models import JobRow
from controller.settings import SyslogSettings
from tests.support.clock import Clock
from tests.webui.conftest import NOW, make_app, sign_in

TO = SyslogSettings(to="tls://logs.town.example:6514")


def said(database: Database, clock: Clock, settings: SyslogSettings | None = None) -> str:
    client = make_app(database, clock, syslog=settings).test_client()
    sign_in(client, "manager")
    page = client.get("/integrations").get_data(as_text=True)
    return page.partition("Serveur de journaux")[2].partition("</li>")[0]


def test_it_says_whether_the_server_takes_what_is_sent(database: Database, clock: Clock) -> None:
    assert "sans aucun nom (RFC 5424).</p>" in said(database, clock), "no chip: not in use"
    assert "Pas encore essayé" in said(database, clock, TO)
    with database.write() as db:
        row = JobRow(name="syslog", site_id="", due_at=NOW, term=1, failures=0, succeeded_at=NOW)
        db.add(row)
    assert "À jour" in said(database, clock, TO)
    with database.write() as db:
        db.get_one(JobRow, ("syslog", "")).failures = 2
    line = said(database, clock, TO)
    assert "Ne répond pas" in line
    assert "tls://logs.town.example:6514 est injoignable" in line
