"""API keys: shown once, stored as a hash, refused when anything is wrong with them."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import ApiKey, User, Workspace
from accounts.services import api_keys
from accounts.signals import api_key_created


def test_it_authenticates_with_its_workspace(api_key: str, workspace: Workspace, alice: User) -> None:
    found = api_keys.authenticate(api_key)
    assert found is not None
    assert found.workspace == workspace
    assert found.created_by == alice


def test_it_stores_no_secret(api_key: str) -> None:
    with scopes_disabled():
        row = ApiKey.objects.values().get()
    assert api_key[18:50] not in str(row)


@pytest.mark.parametrize("position", [0, 9, 12, 20, 40, 52, 55])
def test_it_refuses_a_key_with_one_wrong_character(api_key: str, position: int) -> None:
    other = "a" if api_key[position] != "a" else "b"
    assert api_keys.authenticate(api_key[:position] + other + api_key[position + 1 :]) is None


@pytest.mark.parametrize("raw", ["", "aur_live_", "Bearer x", "a" * 10_000, "aur_live_12345678_\x00", "ключ"])
def test_it_refuses_what_is_no_key(db: None, raw: str) -> None:
    assert api_keys.authenticate(raw) is None


def test_it_refuses_a_well_made_key_that_was_never_given(api_key: str) -> None:
    forged = f"aur_live_{'0' * 8}_{'0' * 32}"
    assert api_keys.authenticate(forged + api_keys._checksum(forged)) is None


def test_it_refuses_the_right_id_with_another_secret(api_key: str) -> None:
    forged = f"{api_key[:18]}{'0' * 32}"
    assert api_keys.authenticate(forged + api_keys._checksum(forged)) is None


def test_it_refuses_a_revoked_key(api_key: str) -> None:
    with scopes_disabled():
        ApiKey.objects.update(revoked_at=timezone.now())
    assert api_keys.authenticate(api_key) is None


def test_it_refuses_the_key_of_a_closed_account(api_key: str, alice: User) -> None:
    alice.is_active = False
    alice.save()
    assert api_keys.authenticate(api_key) is None


def test_it_notes_its_use_at_most_once_a_minute(api_key: str, workspace: Workspace) -> None:
    def last_used() -> object:
        api_keys.authenticate(api_key)
        with scope(workspace=workspace):
            return ApiKey.objects.get().last_used_at

    with time_machine.travel("2030-01-01T12:00:00Z", tick=False) as clock:
        first = last_used()
        clock.shift(timedelta(seconds=59))
        assert last_used() == first
        clock.shift(timedelta(seconds=2))
        assert last_used() != first


def test_it_tells_other_apps(workspace: Workspace, alice: User) -> None:
    told: list[ApiKey] = []

    def listen(api_key: ApiKey, **_: object) -> None:
        told.append(api_key)

    api_key_created.connect(listen)
    made, _ = api_keys.create(workspace=workspace, name="Robot", created_by=alice)
    assert told == [made]


def test_the_command_prints_the_key_alone(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", "--workspace", "atelier", "--name", "Robot")
    found = api_keys.authenticate(capsys.readouterr().out.removesuffix("\n"))
    assert found is not None
    assert found.name == "Robot"


def test_the_command_refuses_an_unknown_workspace(db: None) -> None:
    with pytest.raises(CommandError, match="no workspace 'nowhere'"):
        call_command("create_api_key", "--workspace", "nowhere")
