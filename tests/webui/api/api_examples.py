"""Play every example against the real application; `python -m tests.webui.api.api_examples`
writes what was asked and answered to webui/api/examples.json, from where OpenAPI takes it."""

import json
import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.billing import charges
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.shapes import NewCharge
from controller.capabilities.opendata import publication
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.capabilities.privacy.models import MemberDue
from controller.capabilities.usage.models import UsageDay
from controller.domain.time import Utc
from controller.integrations.webhooks.queue import enqueue
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.kernel.news import PostedNews
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.webui.api.api_page import play_page
from tests.webui.api.api_seeds import application, enrol, granted, told_by_agents
from tests.webui.api.api_tape import Tape
from tests.webui.conftest import NOW, SITE
from tests.webui.machines.conftest import add_agent
from webui.api.openapi import EXAMPLES, operation_id
from webui.api.table import ROUTES

STORY = Path(__file__).with_name("api_story.txt")
_LINE = re.compile(r"(\w+) (\S+)(?: (\{.*?\}))?(?: -> (\w+)=(\S+))?")
SYSTEM = Actor.system("test")


def play(database: Database, folder: Path) -> Tape:
    """docs/api.md, then the story, then what is left to read. Fails on any other answer."""
    session = told_by_agents(database)
    with database.write() as db:
        sites.create(db, NewSite(id="annexe", name=Label(fr="Annexe")), actor=SYSTEM, now=NOW)
    tape = Tape(application(database, folder), token(database, "admin"))
    play_page(tape)
    tape.known["session"] = session
    for line in STORY.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            _play_line(tape, line)
    _webhook(tape, database)
    _calendar(tape)
    _money(tape, database)
    _print(tape, database)
    _plug(tape, database)
    _open_data(tape, database)
    enrol(tape, database, folder)
    _search(tape, token(database, "manager"))
    _wait_for_erasure(tape, database)
    _read_the_rest(tape)
    _erase(tape)
    _add_site(tape, database)
    return tape


def _add_site(tape: Tape, database: Database) -> None:
    """An admin of every place adds one; last, because then each request has to name its site."""
    with database.write() as db:
        admin = db.scalars(select(AccountRow.id).where(AccountRow.login.like("admin%"))).one()
        roles = {"annexe": frozenset({Role.ADMIN})}
        accounts.set_roles(db, admin, roles, actor=SYSTEM, now=NOW)
    made = tape.call("POST", "/api/v1/sites", {"id": "port", "name": {"fr": "Le Port"}})
    assert made.status_code == 201, made.get_data(as_text=True)


def token(database: Database, role: str) -> str:
    """A token of the account of that role."""
    with database.write() as db:
        wanted = select(AccountRow.id).where(AccountRow.login.like(f"{role}%"))
        account = db.scalars(wanted).one()
        return tokens.add(db, account, "examples", frozenset(HOUSE.permissions), NOW, SYSTEM)[1]


def _play_line(tape: Tape, line: str) -> None:
    found = _LINE.fullmatch(line)
    assert found is not None, line
    method, path, body, name, field = found.groups()
    path = "/api/v1" + tape.filled(path)
    given = json.loads(tape.filled(body)) if body else None
    headers = {}
    if method == "PATCH":
        read = "/booked-to" if "/sessions/" in path and "course" not in path else ""
        headers["If-Match"] = tape.call("GET", path + read).headers["ETag"]
    answer = tape.call(method, path, given, headers)
    assert answer.status_code < 300, f"{line}: {answer.get_data(as_text=True)}"
    if name:
        tape.known[name] = _at(answer.get_json(), field)


def _at(value: Any, field: str) -> Any:
    for part in field.split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


def _search(tape: Tape, second: str) -> None:
    """Two people agree on a search of one door."""
    new = {
        "access_point": "front-door",
        "since": "2026-11-24T08:00:00.000Z",
        "until": "2026-11-24T12:00:00.000Z",
        "reason": "The till was broken open between eight and noon.",
    }
    made = tape.call("POST", "/api/v1/incidents", new)
    assert made.status_code == 201, made.get_data(as_text=True)
    path = f"/api/v1/incidents/{made.get_json()['id']}"
    confirmed = tape.call("POST", f"{path}/confirm", {}, secret=second)
    assert confirmed.status_code == 200, confirmed.get_data(as_text=True)
    assert tape.call("GET", f"{path}/passages").status_code == 200
    other = tape.call("POST", "/api/v1/incidents", new).get_json()["id"]
    refused = tape.call("POST", f"/api/v1/incidents/{other}/refuse", {}, secret=second)
    assert refused.get_json()["state"] == "refused"


def _webhook(tape: Tape, database: Database) -> None:
    """A program is told of an alarm; its message is sent again, and its key made anew."""
    new = {"site_id": SITE, "url": "https://hooks.example.org/loquet", "types": ["alarm"]}
    made = tape.call("POST", "/api/v1/webhooks", new)
    assert made.status_code == 201, made.get_data(as_text=True)
    path = f"/api/v1/webhooks/{made.get_json()['id']}"
    posted = PostedNews(
        site=SITE, position=1, at=NOW, feature="alarms", what="alarm", key=uuid7(), news=None
    )
    with database.write() as db:
        enqueue(db, [posted], NOW)
    changed = tape.call(
        "PATCH", path, {"types": ["alarm", "session"]}, {"If-Match": made.headers["ETag"]}
    )
    assert changed.status_code == 200, changed.get_data(as_text=True)
    (told,) = tape.call("GET", f"{path}/deliveries").get_json()["items"]
    again = tape.call("POST", f"{path}/deliveries/{told['id']}/resend", {})
    assert again.status_code == 202, again.get_data(as_text=True)
    assert tape.call("POST", f"{path}/rotate", {}).status_code == 200


def _calendar(tape: Tape) -> None:
    """The programme is to be read by other programs; the first address is given up."""
    new = {"site_id": SITE, "kind": "programme"}
    first = tape.call("POST", "/api/v1/calendars", new)
    assert first.status_code == 201, first.get_data(as_text=True)
    revoked = tape.call("POST", f"/api/v1/calendars/{first.get_json()['id']}/revoke", {})
    assert revoked.status_code == 200, revoked.get_data(as_text=True)


def _money(tape: Tape, database: Database) -> None:
    """A tariff, a month that is closed, and what is sold, remitted, paid and taken back since."""
    member = tape.known["sam"]
    rates = [
        {"kind": "machine", "access_point": "laser-1", "price_cents": 100, "minimum_cents": 200},
        {"kind": "pass", "plan_id": "workshop-plan", "units": 5, "price_cents": 2000},
        {"kind": "article", "id": "pla", "name": {"fr": "PLA"}, "unit": "gram", "per": 100}
        | {"price_cents": 450},
    ]
    decided = {"decision": "Délibération 2026-61", "valid_from": "2026-10-01", "rates": rates}
    _made(tape, "tariffs", decided | {"site_id": SITE})
    told = {"member_id": member, "plan_id": "workshop-plan", "units": 5}
    _made(
        tape,
        "passes",
        told | {"valid_from": "2026-10-05T00:00:00.000Z", "reason": "Sold on paper."},
    )
    school = _billed(tape)
    with database.write() as db:
        sheet = NewCharge(article="pla", quantity=120, organisation_id=school, site_id=SITE)
        then = Utc.parse("2026-10-06T08:00:00.000Z")
        charges.create(db, sheet, actor=SYSTEM, now=then)
    catch_up(database, SITE, NOW)
    tape.call("GET", f"/api/v1/statements/preview?month=2026-10&site_id={SITE}")
    _made(tape, "statements/close", {"month": "2026-10", "site_id": SITE})
    sold = {"article": "pla", "quantity": 84, "member_id": member, "site_id": SITE}
    charge = _made(tape, "charges", sold)
    _made(tape, f"charges/{charge}/remit", {"amount_cents": 100, "reason": "a failed spool"})
    paid = {"means": "cash", "amount_cents": 278, "month": "2026-11", "member_id": member}
    payment = _made(tape, "payments", paid | {"site_id": SITE})
    _made(tape, f"payments/{payment}/take-back", {})
    year = {"since": "2026-01-01", "until": "2026-10-31", "site_id": SITE}
    assert tape.call("POST", "/api/v1/entries", year).status_code == 200


def _billed(tape: Tape) -> str:
    """Who states, and an organisation that says how it is billed; its id."""
    lycee = {"name": {"fr": "Lycée Malraux"}, "site_id": SITE}
    school = _made(tape, "organisations", lycee)
    address = {"street": "1 place du Marché", "postcode": "62400", "city": "Béthune"}
    for path, said in (
        (f"providers/{SITE}", {"name": "La Fabrique", "siret": "26620001700017"}),
        (f"organisations/{school}/invoicing", {"engagement": "EJ-2026-417", "service": "ATELIER"}),
    ):
        read = tape.call("GET", f"/api/v1/{path}")
        headers = {"If-Match": read.headers["ETag"]}
        changed = tape.call("PATCH", f"/api/v1/{path}", address | said, headers)
        assert changed.status_code == 200, changed.get_data(as_text=True)
    return school


def _print(tape: Tape, database: Database) -> None:
    """Somebody has badged at a printer, which asks, prints and reports the end."""
    with database.write() as db:
        db.add(granted("drill", uuid7()))
    new = {"access_point": "drill", "name": "vase.gcode", "minutes": 95, "grams": 41.5}
    made = tape.call("POST", "/api/v1/print-jobs", new)
    assert made.status_code == 201, made.get_data(as_text=True)
    end = {"outcome": "completed", "used_minutes": 101, "used_grams": 40.2}
    told = {"If-Match": made.headers["ETag"]}
    done = tape.call("PATCH", f"/api/v1/print-jobs/{made.get_json()['id']}", end, told)
    assert done.status_code == 200, done.get_data(as_text=True)


def _plug(tape: Tape, database: Database) -> None:
    """An agent has found a plug, which becomes the power of a new machine."""
    with database.write() as db:
        plug = {"driver": "tasmota", "topic": "plug-9", "name": "Prise 9", "model": "NOUS A1T"}
        add_agent(db, "resin-pi", plugs=[plug])
    assert tape.call("GET", "/api/v1/agents/resin-pi/plugs").get_json()["items"]
    new = {"topic": "plug-9", "name": {"fr": "Imprimante résine", "en": "Resin printer"}}
    _made(tape, "agents/resin-pi/plugs", new)


def _open_data(tape: Tape, database: Database) -> None:
    """The site publishes, October with the rest."""
    with database.write() as db:
        hours = {"sessions": 1, "active_ms": 7_200_000, "idle_ms": 0, "powered_ms": 9_000_000}
        whose = {"organisation_id": "", "project_id": "", "public": ""}
        day = date(2026, 10, 9)
        db.add(UsageDay(site_id=SITE, access_point_id="drill", day=day, **hours, **whose))
        db.flush()
        publication.catch_up(db, SITE, NOW, 90)
    assert tape.call("GET", "/api/v1/open-data/archive/2026").status_code == 200
    trees = {"name": {"fr": "Arbres du bassin", "en": "Trees"}, "description": "Relevés de 2026."}
    trees |= {"project_id": tape.known["trailer"], "contact": "arbres@lafabrique.example"}
    data = _made(tape, "project-datasets", trees | {"file": "espece;hauteur\nTilleul;12\n"})
    gone = tape.call("POST", f"/api/v1/project-datasets/{data}/withdraw", {})
    assert gone.get_json()["withdrawn_at"]
    tape.call("GET", "/api/v1/open-data/heures-machines/rows")


def _made(tape: Tape, path: str, body: object) -> str:
    made = tape.call("POST", f"/api/v1/{path}", body)
    assert made.status_code == 201, made.get_data(as_text=True)
    return str(made.get_json().get("id"))


def _read_the_rest(tape: Tape) -> None:
    """Lists first; then what takes an id, with the first that its list gave."""
    for route in sorted(ROUTES, key=lambda route: route.path.count("{")):
        if route.method != "GET" or operation_id(route) in tape.examples:
            continue
        path = route.path
        if "{id}" in path:
            items = tape.call("GET", f"/api/v1{path.split('/{id}')[0]}").get_json()["items"]
            assert items, f"nothing is listed for {path}: ask for it in {STORY.name}"
            path = path.replace("{id}", items[0]["id"])
        path = path.replace("{member_id}", tape.known["sam"]).replace("{site_id}", SITE)
        tape.call("GET", f"/api/v1{path}")


def _wait_for_erasure(tape: Tape, database: Database) -> None:
    """Two records are due by age, of which one is brought back."""
    kept, other = (
        tape.call("POST", "/api/v1/members", {"display_name": name}).get_json()["id"]
        for name in ("Noor", "Paul")
    )
    with database.write() as db:
        for key in (kept, other):
            db.add(MemberDue(member_id=key, site_id=SITE, due_since=NOW))
    tape.call("POST", f"/api/v1/members/{kept}/bring-back", {})


def _erase(tape: Tape) -> None:
    made = tape.call("POST", "/api/v1/members", {"display_name": "Max"}).get_json()["id"]
    tape.call("POST", f"/api/v1/members/{made}/erase", {"reason": "asked for it in writing"})


def main() -> None:
    """Write the examples."""
    from tests.webui.conftest import filled_database

    with tempfile.TemporaryDirectory() as folder, filled_database(Path(folder)) as database:
        examples = play(database, Path(folder)).examples
    text = json.dumps(dict(sorted(examples.items())), ensure_ascii=False, indent=1)
    EXAMPLES.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
