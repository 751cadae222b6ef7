"""The page where a place turns letters on or off, and reads an example of each."""

from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.messages import site_choices
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import SITE, sign_in, token_of
from tests.webui.mail.mail_page import a_client, plain

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
    assert {kind.WHAT for kind in HOUSE.messages.of_sites_choice} == KINDS
    page = client.get("/mail/letters").get_data(as_text=True)
    assert page.count('<article lang="fr">') == page.count('<article lang="en">') == len(KINDS)
    text = plain(client, "/mail/letters")
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
    assert text.count("loquet.ics") == 3 * 2


def test_a_letter_is_turned_off_and_on_again(database: Database, clock: Clock) -> None:
    client = a_client(database, clock)
    assert choose(client, "booking_confirmed", "no") == 303
    assert disabled(database) == {"booking_confirmed"}
    assert "Ces e-mails ne sont plus envoyés : Réservation confirmée." in plain(
        client, "/mail/letters"
    )
    assert choose(client, "booking_confirmed", "no") == 303
    assert choose(client, "booking_confirmed", "yes") == 303
    assert disabled(database) == frozenset()
    for what in ("called_off", "no_such"):
        assert choose(client, what, "no") == 404
    assert disabled(database) == frozenset()


def test_the_desk_chooses_nothing(database: Database, client: FlaskClient) -> None:
    assert sign_in(client, "desk") == 303
    assert client.get("/mail/letters").status_code in (403, 404)
    assert choose(client, "booking_confirmed", "no") in (403, 404)
    assert disabled(database) == frozenset()


def test_without_a_mail_server_the_page_says_that_nothing_is_sent(client: FlaskClient) -> None:
    assert sign_in(client, "manager") == 303
    assert "aucun serveur de messagerie n’est réglé" in plain(client, "/mail/letters")
