from django_scopes import scope

from accounts.models import User, Workspace
from accounts.services import api_keys
from billing import ledger


def balance(workspace: Workspace) -> int:
    with scope(workspace=workspace):
        return ledger.balance(workspace=workspace)


def test_it_gives_25_dollars_with_the_first_key(workspace: Workspace, alice: User) -> None:
    api_keys.create(workspace=workspace, name="first", created_by=alice)
    assert balance(workspace) == 25_000_000


def test_it_gives_nothing_with_the_second(workspace: Workspace, alice: User) -> None:
    for name in ("first", "second"):
        api_keys.create(workspace=workspace, name=name, created_by=alice)
    assert balance(workspace) == 25_000_000
