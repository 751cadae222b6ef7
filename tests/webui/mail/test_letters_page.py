"""The page where a place turns letters on or off, and reads an example of each."""

import re
from datetime import timedelta

from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.messages import site_choices
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.mail.mail_page import a_client, plain, written
from webui.mail.letters import END, FILLED

KINDS = {
    "booking_confirmed",
    "booking_moved",
    "booking_cancelled",
    "subscription_ends",
    "subscription_ended",
    "certification_ends",
    "course_reminder",
}


def choose(client: FlaskClient, what: str, on: str) -> int:
    """Press the button of a letter."""
    data = {"csrf_token": token_of(client), "on": on}
    return client.post(f"/mail/letters/{what}", data=data).status_code


def disabled(database: Database) -> frozenset[str]:
    with database.read() as db:
        return site_choices.disabled_kinds(db, SITE)


def test_every_letter_has_an_example_in_both_languages(database: Database, clock: Clock) -> None:
    client = a_client(database, clock)
    assert {kind.WHAT for kind in HOUSE.messages.optional_for_site} == KINDS
    pages = [client.get(f"/mail?letter={kind}").get_data(as_text=True) for kind in sorted(KINDS)]
    for page in pages:
        assert page.count('<article lang="fr">') == page.count('<article lang="en">') == 1
    text = " ".join(plain(client, f"/mail?letter={kind}") for kind in sorted(KINDS))
    for subject in (
        "Réservation confirmée : Découpe laser",
        "Booking confirmed: Laser cutter",
        "Réservation déplacée : Découpe laser",
        "Booking moved: Laser cutter",
        "Réservation annulée : Découpe laser",
        "Booking cancelled: Laser cutter",
        "Votre abonnement se termine dans 30 jours",
        "Your subscription ends in 30 days",
        "Votre abonnement est terminé",
        "Your subscription has ended",
        "Découpe laser : votre habilitation se termine dans 60 jours",
        "Laser cutter: your certification ends in 60 days",
        "Rappel : Découverte de la découpe laser, demain à 14:00",
        "Reminder: First steps with the laser cutter, tomorrow at 14:00",
    ):
        assert subject in text
    assert text.count("loquet.ics") == 3


def test_a_letter_is_turned_off_and_on_again(database: Database, clock: Clock) -> None:
    client = a_client(database, clock)
    assert choose(client, "booking_confirmed", "no") == 303
    assert disabled(database) == {"booking_confirmed"}
    assert "Ces e-mails ne sont plus envoyés : Réservation confirmée." in plain(client, "/mail")
    page = client.get("/mail").get_data(as_text=True)
    assert page.count('aria-checked="false"') == 1
    assert choose(client, "booking_confirmed", "no") == 303
    assert choose(client, "booking_confirmed", "yes") == 303
    assert disabled(database) == frozenset()
    for what in ("called_off", "no_such"):
        assert choose(client, what, "no") == 404
    assert disabled(database) == frozenset()


def test_the_desk_chooses_nothing(database: Database, client: FlaskClient) -> None:
    assert sign_in(client, "desk") == 303
    assert client.get("/mail").status_code in (403, 404)
    assert choose(client, "booking_confirmed", "no") in (403, 404)
    assert disabled(database) == frozenset()


def test_without_a_mail_server_the_page_says_that_nothing_is_sent(client: FlaskClient) -> None:
    assert sign_in(client, "manager") == 303
    assert "aucun serveur n’est réglé" in plain(client, "/mail")


def test_what_is_filled_in_is_marked(database: Database, clock: Clock) -> None:
    page = a_client(database, clock).get("/mail?letter=booking_confirmed").get_data(as_text=True)
    assert "<mark>Découpe laser</mark>" in page
    assert "<mark>Laser cutter</mark>" in page
    assert FILLED not in page
    assert END not in page


def test_each_letter_says_how_many_went_this_month(database: Database, clock: Clock) -> None:
    for sent_at in (NOW, NOW, NOW - timedelta(days=40)):
        written(database, what="booking_moved", sent_at=sent_at)
    written(database, what="password_reset", sent_at=NOW)
    page = re.sub(r"\s+", " ", a_client(database, clock).get("/mail").get_data(as_text=True))
    assert 'Réservation déplacée</a><span class="count">2</span>' in page
    assert "3 envoyées ce mois-ci" in plain(a_client(database, clock), "/mail")
