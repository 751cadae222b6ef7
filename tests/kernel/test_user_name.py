"""As whom a process runs, also where the account has no name."""

import os
import pwd

import pytest

from controller.kernel.user_name import user_name


def test_an_account_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert user_name() == pwd.getpwuid(os.geteuid()).pw_name
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    assert user_name() == "4000000000"
