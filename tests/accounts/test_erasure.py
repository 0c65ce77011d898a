"""Erasure: after the grace nothing personal is left, whoever is killed on the way."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.db.models import Sum
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import tasks
from accounts.models import ApiKey, AuditEntry, Export, Invitation, Membership, User, Workspace
from accounts.services import api_keys, audit, deletion, erasure, exports, invitations, personal, workspaces
from billing.models import Account, Posting

Browser = Callable[[User], Client]
Run = Callable[..., None]


def again(subject: Any) -> Any:
    return type(subject).objects.get(pk=subject.pk)


def subjects() -> list[str]:
    return [f"{letter.to[0].partition('@')[0]}: {letter.subject}" for letter in mail.outbox]


# --- Asking, and taking it back -------------------------------------------------------------------------------------


def money() -> tuple[int, int, int]:
    with scopes_disabled():
        return (
            Posting.objects.count(),
            Posting.objects.aggregate(total=Sum("amount"))["total"],
            Account.objects.get(kind="wallet").balance,
        )


def test_nothing_is_erased_before_its_time(alice: User, workspace: Workspace, run: Run) -> None:
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    run(tasks.erase)
    assert again(workspace).name == "Atelier"


def test_it_leaves_nothing_of_a_workspace_but_the_books(
    alice: User, bob: User, workspace: Workspace, api_key: str, over: Callable[[], None]
) -> None:
    exports.ask(person=alice, workspace=workspace)
    before = money()
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    over()
    gone = again(workspace)
    assert gone.deleted_at
    assert gone.name == "A deleted workspace"
    assert gone.slug.startswith("deleted-")
    assert money() == before
    with scope(workspace=workspace):
        assert not ApiKey.objects.exists()
        assert not Export.objects.exists()
        entries = AuditEntry.objects.order_by("-id").values_list("target", "address", "detail")
        assert set(map(str, entries[1:])) == {"('a deleted account', None, {})"}
    with scopes_disabled():
        assert not Membership.objects.filter(workspace=workspace).exists()
    assert subjects() == ["alice: Atelier was deleted"]
    assert Client().get("/v1/models", headers={"Authorization": f"Bearer {api_key}"}).status_code == 401


def everything() -> list[str]:
    """All rows that the database holds."""
    with scopes_disabled():
        return [f"{model.__name__} {row}" for model in apps.get_models() for row in model._base_manager.values()]


def test_it_leaves_nothing_of_a_person(
    client_of: Browser, alice: User, bob: User, workspace: Workspace, over: Callable[[], None]
) -> None:
    browser = client_of(bob)
    browser.get("/account/data")
    apps.get_model("account", "EmailAddress").objects.create(user=bob, email="robert@example.org")
    where = audit.at(audit.Where(actor=bob, address="10.9.8.7", request_id="r1"))
    audit.record("email.changed", workspace=None, target="robert@example.org", before="bob@example.org")
    with scope(workspace=workspace):
        key, _ = api_keys.create(workspace=workspace, name="Laptop", created_by=bob)
    audit.leave(where)
    audit.record("member.removed", workspace=workspace, actor=alice, target=bob)
    exports.ask(person=bob)
    deletion.ask_for_person(person=bob)
    over()
    gone = again(bob)
    assert (gone.display_name, gone.is_active, gone.has_usable_password()) == ("A deleted account", False, False)
    left = everything()
    assert [row for row in left for word in ("bob@", "robert@", "'bob'", "10.9.8.7") if word in row.lower()] == []
    with scopes_disabled():
        assert not AuditEntry.objects.filter(actor=bob).exclude(address=None, request_id="").exists()
        assert ApiKey.objects.get(pk=key.pk).revoked_at
    assert str(bob.pk) not in [session.get_decoded().get("_auth_user_id") for session in Session.objects.all()]
    assert browser.get("/account/data").status_code == 302
    assert [line for line in subjects() if "was deleted" in line] == ["bob: Your account was deleted"]
    assert again(workspace).name == "Atelier"
    assert not Client().login(email="bob@example.org", password="correct horse battery")


def test_a_claimed_address_wipes_no_traces_of_its_owner(
    alice: User, bob: User, charlie: User, workspace: Workspace, over: Callable[[], None], prove: Callable[[User], None]
) -> None:
    prove(alice)
    invited = invitations.by_mail(workspace=workspace, actor=alice, email="dora@example.org", role="viewer")
    audit.record("member.removed", workspace=workspace, actor=bob, target=alice)
    User.objects.filter(pk=bob.pk).update(email=alice.email)
    User.objects.filter(pk=charlie.pk).update(email="dora@example.org")
    for person in (again(bob), again(charlie)):
        deletion.ask_for_person(person=person)
    over()
    assert again(bob).deleted_at
    assert again(charlie).deleted_at
    with scope(workspace=workspace):
        assert AuditEntry.objects.get(action="member.removed").target == alice.email
        assert Invitation.objects.get(pk=invited.pk).email == "dora@example.org"
        assert AuditEntry.objects.get(action="invitation.created").target == "dora@example.org"


def test_it_takes_along_what_only_the_person_was_in(charlie: User, over: Callable[[], None]) -> None:
    own = workspaces.personal(charlie)
    team = workspaces.create_workspace(name="Alone", owner=charlie)
    deletion.ask_for_person(person=charlie)
    over()
    assert again(own).deleted_at
    assert again(team).deleted_at
    assert again(charlie).deleted_at


class Killed(BaseException):
    """What no handler of ours catches, as a killed process runs none."""


@pytest.mark.parametrize("after", [0, 2, 5, 8, -1])
def test_it_goes_on_where_it_was_killed(
    alice: User,
    bob: User,
    workspace: Workspace,
    api_key: str,
    run: Run,
    over: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    deletion.ask_for_person(person=bob)
    past = timezone.now() - timedelta(minutes=1)
    Workspace.objects.filter(pk=workspace.pk).update(deletion_due_at=past)
    User.objects.filter(pk=bob.pk).update(deletion_due_at=past)
    before, erase = money(), personal.Part.erase
    for _ in range(2):
        count = iter(range(10**6))

        def die(self: personal.Part, *args: Any, count: Iterator[int] = count) -> None:
            erase(self, *args)
            if next(count) == after % len(personal.parts()):
                raise Killed

        monkeypatch.setattr(personal.Part, "erase", die)
        # First the workspace, and while its lease lasts, the person.
        with pytest.raises(Killed):
            erasure.erase_next()
    monkeypatch.setattr(personal.Part, "erase", erase)
    assert not erasure.erase_next()
    Workspace.objects.update(erasing_until=past)
    User.objects.update(erasing_until=past)
    mail.outbox.clear()
    over()
    assert again(workspace).deleted_at
    assert again(bob).deleted_at
    assert money() == before
    assert sorted(subjects()) == ["alice: Atelier was deleted", "bob: Your account was deleted"]
    with scopes_disabled():
        assert AuditEntry.objects.filter(action__in=["workspace.deleted"], workspace=workspace).count() == 1


def test_two_workers_erase_one_thing_once(alice: User, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    Workspace.objects.filter(pk=workspace.pk).update(deletion_due_at=timezone.now() - timedelta(minutes=1))
    erase, seen = personal.Part.erase, list[bool]()

    def look(self: personal.Part, *args: Any) -> None:
        monkeypatch.setattr(personal.Part, "erase", erase)
        seen.append(erasure.erase_next())
        erase(self, *args)

    monkeypatch.setattr(personal.Part, "erase", look)
    assert erasure.erase_next()
    assert seen == [False]


def test_who_lost_the_lease_stops(alice: User, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    past = timezone.now() - timedelta(minutes=1)
    Workspace.objects.filter(pk=workspace.pk).update(deletion_due_at=past)
    erase = personal.Part.erase

    def sleep(self: personal.Part, *args: Any) -> None:
        monkeypatch.setattr(personal.Part, "erase", erase)
        Workspace.objects.filter(pk=workspace.pk).update(erasing_until=past)
        assert erasure.erase_next(), "another one takes it over and finishes"
        erase(self, *args)

    monkeypatch.setattr(personal.Part, "erase", sleep)
    assert erasure.erase_next()
    with scopes_disabled():
        assert AuditEntry.objects.filter(action="workspace.deleted").count() == 1
