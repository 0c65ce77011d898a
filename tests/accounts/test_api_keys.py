"""API keys: shown once, stored as a hash, refused when anything is wrong with them."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import ApiKey, AuditEntry, Membership, User, Workspace
from accounts.scopes import every
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


def why(raw: str) -> str:
    """What is said to a key that opens nothing."""
    assert api_keys.authenticate(raw) is None
    with pytest.raises(api_keys.Refused) as refused:
        api_keys.verify(raw)
    return str(refused.value)


def row(workspace: Workspace) -> ApiKey:
    with scope(workspace=workspace):
        return ApiKey.objects.get()


def test_it_refuses_a_revoked_key_for_good(api_key: str, workspace: Workspace) -> None:
    with scope(workspace=workspace):
        assert api_keys.revoke(api_key=row(workspace))
        assert not api_keys.revoke(api_key=row(workspace))
        with pytest.raises(api_keys.Refused):
            api_keys.rotate(api_key=row(workspace), overlap_hours=0)
    assert why(api_key) == "This API key was revoked."


def test_it_refuses_an_expired_key(workspace: Workspace, alice: User) -> None:
    with time_machine.travel("2030-01-01T12:00:00Z", tick=False) as clock:
        ends = timezone.now() + timedelta(hours=1)
        _, raw = api_keys.create(workspace=workspace, name="Short", created_by=alice, expires_at=ends)
        assert api_keys.authenticate(raw)
        clock.shift(timedelta(hours=1))
        assert why(raw) == "This API key expired at 2030-01-01 13:00 UTC. Make a new one."


def test_it_says_nothing_of_a_key_to_who_lacks_its_secret(api_key: str, workspace: Workspace) -> None:
    with scope(workspace=workspace):
        api_keys.revoke(api_key=row(workspace))
    forged = f"{api_key[:18]}{'0' * 32}"
    assert why(forged + api_keys._checksum(forged)) == "This API key is not valid."


def test_it_refuses_the_key_of_a_closed_account(api_key: str, alice: User) -> None:
    alice.is_active = False
    alice.save()
    assert "may no longer use API keys" in why(api_key)


def test_it_follows_the_rights_of_its_maker(workspace: Workspace, bob: User) -> None:
    _, raw = api_keys.create(workspace=workspace, name="Bob's", created_by=bob)
    with scope(workspace=workspace):
        his = Membership.objects.filter(user=bob)
        his.update(role=Membership.Role.VIEWER)
        assert "may no longer use API keys" in why(raw)
        his.update(role=Membership.Role.MEMBER)
        assert api_keys.authenticate(raw)
        his.delete()
        assert "may no longer use API keys" in why(raw)


def test_it_is_not_made_by_viewers_and_strangers(workspace: Workspace, bob: User, charlie: User) -> None:
    with scope(workspace=workspace):
        Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    for person in (bob, charlie):
        with pytest.raises(PermissionDenied):
            api_keys.create(workspace=workspace, name="No", created_by=person)


def test_it_may_do_everything_unless_told_otherwise(api_key: str, workspace: Workspace, alice: User) -> None:
    assert row(workspace).scopes == every()
    made, _ = api_keys.create(workspace=workspace, name="Reader", created_by=alice, scopes=["models:read"])
    assert made.scopes == ["models:read"]


@pytest.mark.parametrize("hours", api_keys.OVERLAPS)
def test_it_rotates_and_lets_the_old_secret_die(api_key: str, workspace: Workspace, hours: int) -> None:
    with time_machine.travel("2030-01-01T12:00:00Z", tick=False) as clock, scope(workspace=workspace):
        _, renewed = api_keys.rotate(api_key=row(workspace), overlap_hours=hours)
        assert renewed != api_key
        assert renewed[:17] == api_key[:17]
        if hours:
            clock.shift(timedelta(hours=hours, seconds=-1))
            assert api_keys.authenticate(api_key)
            clock.shift(timedelta(seconds=1))
            assert "was rotated" in why(api_key)
        assert api_keys.authenticate(api_key) is None
        assert api_keys.authenticate(renewed)


def test_it_keeps_one_old_secret_at_most(api_key: str, workspace: Workspace) -> None:
    with scope(workspace=workspace):
        _, second = api_keys.rotate(api_key=row(workspace), overlap_hours=24)
        _, third = api_keys.rotate(api_key=row(workspace), overlap_hours=24)
    assert [bool(api_keys.authenticate(raw)) for raw in (api_key, second, third)] == [False, True, True]


def test_it_has_an_end_to_how_many_work(workspace: Workspace, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "MOST_LIVE", 2)
    first, _ = api_keys.create(workspace=workspace, name="1", created_by=alice)
    api_keys.create(workspace=workspace, name="2", created_by=alice)
    with pytest.raises(api_keys.TooMany):
        api_keys.create(workspace=workspace, name="3", created_by=alice)
    with scope(workspace=workspace):
        api_keys.revoke(api_key=first)
    api_keys.create(workspace=workspace, name="3", created_by=alice)


def test_it_writes_down_what_is_done_to_it_and_no_secret(workspace: Workspace, alice: User) -> None:
    made, raw = api_keys.create(workspace=workspace, name="Robot", created_by=alice)
    with scope(workspace=workspace):
        _, renewed = api_keys.rotate(api_key=made, overlap_hours=1)
        api_keys.limit(api_key=made, scopes=["models:read"], expires_at=None, monthly_cap_micros=5)
        api_keys.revoke(api_key=made)
        entries = list(AuditEntry.objects.filter(action__startswith="key.").order_by("id").values())
    assert [entry["action"] for entry in entries] == ["key.created", "key.rotated", "key.limited", "key.revoked"]
    assert entries[2]["detail"] == {"scopes": "models:read", "expires": None, "monthly_cap_micros": 5}
    assert raw[18:50] not in str(entries)
    assert renewed[18:50] not in str(entries)


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
