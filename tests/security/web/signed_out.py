"""What tests of signed out share with others."""

from flask import Flask
from flask.testing import FlaskClient

from tests.webui.conftest import sign_in, token_of


def signed_in(app: Flask, role: str = "manager") -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, role) == 303
    return client


def leave(client: FlaskClient, path: str) -> None:
    data = {"csrf_token": token_of(client)}
    assert client.post(path, data=data).status_code == 303
