"""A course session before a manager."""

import pytest
from flask.testing import FlaskClient

from controller.kernel.database import Database
from tests.webui.conftest import sign_in
from tests.webui.training.at_session import Training


@pytest.fixture
def training(client: FlaskClient, database: Database) -> Training:
    """Before a manager."""
    made = Training(client, database)
    sign_in(client, "manager")
    return made
