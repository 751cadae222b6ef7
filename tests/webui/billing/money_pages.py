"""What tests of money pages share with others."""

import re
from datetime import timedelta
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.outbox import post_news
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of

SYSTEM = Actor.system("test")
PRICES = (
    {"of": "machine:laser", "price_cents": "1,00", "minimum_cents": "2,00"},
    {"of": "pass:day", "price_cents": "36", "units": "10"},
    {"of": "article:", "fr": "Contreplaqué", "unit": "sheet", "per": "1", "price_cents": "4"},
)


def browser(database: Database, clock: Clock, role: str) -> FlaskClient:
    client = make_app(database, clock).test_client()
    sign_in(client, role)
    return client


def text_of(client: FlaskClient, address: str = "/statements") -> str:
    """Words of a page, in one line."""
    main = client.get(address).get_data(as_text=True).split("<main", 1)[-1]
    words = unescape(re.sub(r"<[^>]+>", " ", main))
    return " ".join(re.sub("[\u00a0\u202f]", " ", words).split())


def send(client: FlaskClient, address: str, page: str = "/tariffs", **fields: str) -> int:
    token = token_of(client)
    if address == "/tariffs":
        fields = {"draft_at": draft_at_of(client), **fields}
    return client.post(address, data={"csrf_token": token, **fields}).status_code


def draft_at_of(client: FlaskClient) -> str:
    """When the draft of the tariff was changed, as its page sends it."""
    found = re.search(r'name="draft_at" value="([^"]*)"', client.get("/tariffs/draft").text)
    return found[1] if found else ""


def set_prices(client: FlaskClient, since: str = "2026-10-01") -> None:
    """One version with all prices."""
    for price in PRICES:
        assert send(client, "/tariffs/draft", **price) == 303
    decided = {"valid_from": since, "decision": "Délibération 2026-61"}
    assert send(client, "/tariffs", **decided) == 303


def use(
    database: Database,
    *,
    minutes: int,
    ago_days: int,
    cause: str = "badge_out",
    gap_minutes: int = 0,
    who: str = "Amina Diallo",
) -> None:
    """Somebody has used the laser, and the books are brought up to date."""
    start = Utc.of(NOW - timedelta(days=ago_days))
    with database.write() as db:
        amina = MemberRow.display_name == who
        row = SessionRow(
            id=uuid7(),
            site_id=SITE,
            agent_id="pi",
            access_point_id="laser",
            member_ref=db.scalars(select(MemberRow.ref).where(amina)).one(),
            started_at=start,
            ended_at=Utc.of(start + timedelta(minutes=minutes)),
            active_s=minutes * 60.0,
            idle_s=0.0,
            powered_s=minutes * 60.0,
            gap_s=gap_minutes * 60.0,
            cause=cause,
        )
        db.add(row)
        db.flush()
        post_news(db, SessionNews(site=SITE, key=row.id))
    catch_up(database, SITE, NOW)


def refused(client: FlaskClient, address: str, **typed: str) -> str:
    """The form that comes back where it stood, open."""
    back = client.post(address, data=typed).headers["Location"]
    page = unescape(client.get(back).text)
    field = back.partition("#")[2]
    before, _of, form = page.partition(f'id="{field}"')
    assert before.rpartition("<details")[2].startswith(' class="more" open>')
    return f'id="{field}"{form}'.split("</form>")[0]


def payer_of(client: FlaskClient, month: str = "2026-11") -> str:
    found = client.get(f"/statements?month={month}").get_data(as_text=True)
    return str(re.findall(r'id="p-(member:[^"]+)"', found)[0])
