"""Deletion: asked for with care, and taken back within fourteen days."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django_scopes import scope

from accounts import tasks
from accounts.models import Membership, User, Workspace
from accounts.services import deletion, invitations, members, workspaces
from accounts.services.rights import Refused

Browser = Callable[[User], Client]
Run = Callable[..., None]
NAME = "/w/atelier/data/delete"
ACCOUNT = "/account/data/delete"


def again(subject: Any) -> Any:
    return type(subject).objects.get(pk=subject.pk)


def subjects() -> list[str]:
    return [f"{letter.to[0].partition('@')[0]}: {letter.subject}" for letter in mail.outbox]


# --- Asking, and taking it back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [NAME, ACCOUNT])
def test_it_asks_who_is_there_first(client_of: Browser, alice: User, workspace: Workspace, url: str) -> None:
    browser = client_of(alice)
    for answer in (browser.get(url), browser.post(url, {"name": "Atelier"})):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/?next=")
    assert not again(workspace).deletion_due_at
    assert not again(alice).deletion_due_at


def test_it_deletes_nothing_without_the_name(fresh: Browser, alice: User, workspace: Workspace) -> None:
    browser = fresh(alice)
    for typed in ("", "atelie", "x" * 300, "bob@example.org"):
        answer = browser.post(NAME, {"name": typed})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.content.decode()
    assert not again(workspace).deletion_due_at


def test_a_workspace_is_read_only_then_and_can_be_kept(
    fresh: Browser, client_of: Browser, alice: User, bob: User, workspace: Workspace, run: Run
) -> None:
    browser = fresh(alice)
    assert browser.post(NAME, {"name": "atelier"}).status_code == 302
    left = again(workspace).deletion_due_at - timezone.now()
    assert timedelta(days=13, hours=23) < left < timedelta(days=14, hours=1)
    for reader in (browser, client_of(bob)):
        page = reader.get("/w/atelier/gallery").content.decode()
        assert "can only be read" in page
        assert ("Keep it" in page) == (reader is browser)
        assert reader.post("/w/atelier/create", {"prompt": "a cat", "mode": "speed"}).status_code == 409
    run(tasks.tell_members)
    assert [line.partition(" on ")[0] for line in subjects()] == [
        "alice: Atelier will be deleted",
        "bob: Atelier will be deleted",
    ]
    assert client_of(bob).post("/w/atelier/data/keep").status_code == 403
    browser.post("/w/atelier/data/keep")
    assert not again(workspace).deletion_due_at
    mail.outbox.clear()
    run(tasks.tell_members)
    run(tasks.tell_members)
    assert subjects() == ["alice: Atelier stays", "bob: Atelier stays"]


def test_nothing_is_drawn_by_api_meanwhile(workspace: Workspace, alice: User, api_key: str) -> None:
    headers = {"Authorization": f"Bearer {api_key}"}
    assert Client().get("/v1/models", headers=headers).status_code == 200
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    answer = Client().get("/v1/models", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "permission_denied"


def test_a_person_on_the_way_out_gets_nowhere_but_back(fresh: Browser, charlie: User, run: Run) -> None:
    browser = fresh(charlie)
    own = workspaces.personal(charlie)
    run(lambda: browser.post(ACCOUNT, {"name": "Charlie@Example.org"}))
    assert again(charlie).is_leaving
    assert again(own).is_leaving
    for path in ("/", f"/w/{own.slug}/create", "/account/activity", "/plans"):
        assert browser.get(path).headers["Location"] == "/account/data"
    page = browser.get("/account/data").content.decode()
    assert "Keep my account" in page
    assert "Delete my account" not in page
    assert browser.get(ACCOUNT).headers["Location"] == "/account/data"
    assert browser.get(f"/w/{own.slug}/data/").status_code == 200
    run(lambda: browser.post("/account/data/keep"))
    assert not again(charlie).is_leaving
    assert not again(own).is_leaving
    assert browser.get(f"/w/{own.slug}/create").status_code == 200
    run(tasks.tell_members)
    assert [line.partition(" on ")[0] for line in subjects()] == [
        "charlie: Your account will be deleted",
        "charlie: Your account stays",
    ]


def test_keeping_the_account_keeps_no_workspace_that_was_to_go_before(alice: User, workspace: Workspace) -> None:
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    deletion.ask_for_person(person=alice)
    assert deletion.cancel_for_person(person=alice)
    assert again(workspace).is_leaving


def test_the_only_owner_of_what_others_are_in_cannot_go(
    fresh: Browser, alice: User, bob: User, workspace: Workspace, make_role: Callable[..., None]
) -> None:
    browser = fresh(alice)
    for answer in (browser.get("/account/data"), browser.get(ACCOUNT), browser.post(ACCOUNT, {"name": alice.email})):
        assert "You are the only owner" in answer.content.decode()
    with pytest.raises(deletion.Refused, match="Atelier"):
        deletion.ask_for_person(person=alice)
    assert not again(alice).is_leaving
    make_role(bob, "owner")
    deletion.ask_for_person(person=bob)
    with pytest.raises(deletion.Refused):
        deletion.ask_for_person(person=alice)
    deletion.cancel_for_person(person=bob)
    deletion.ask_for_person(person=alice)
    assert again(alice).is_leaving
    assert not again(workspace).is_leaving


def test_who_became_the_only_owner_meanwhile_stays(
    alice: User, bob: User, workspace: Workspace, over: Callable[[], None], make_role: Callable[..., None]
) -> None:
    make_role(bob, "owner")
    deletion.ask_for_person(person=alice)
    make_role(bob, "member")
    mail.outbox.clear()
    over()
    assert not again(alice).is_leaving
    assert not again(alice).deleted_at
    assert not workspaces.personal(alice).deleted_at
    assert subjects() == ["alice: Your account was not deleted"]


def test_nobody_joins_what_is_to_be_deleted(alice: User, charlie: User, workspace: Workspace) -> None:
    invitation, token = invitations.by_link(workspace=workspace, actor=alice, role="viewer")
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    with pytest.raises(invitations.Invalid):
        invitations.of_token(token)
    with pytest.raises(invitations.Invalid):
        invitations.accept(invitation=invitation, person=charlie)


def test_an_owner_who_is_leaving_does_not_let_the_other_go(
    alice: User, bob: User, workspace: Workspace, make_role: Callable[..., None]
) -> None:
    make_role(bob, "owner")
    deletion.ask_for_person(person=bob)
    with pytest.raises(Refused):
        members.leave(workspace=workspace, person=alice)


def test_a_personal_workspace_goes_with_its_person_only(fresh: Browser, alice: User) -> None:
    own = workspaces.personal(alice)
    url = f"/w/{own.slug}/data/delete"
    assert fresh(alice).post(url, {"name": own.name}).headers["Location"] == f"/w/{own.slug}/data/"
    with pytest.raises(deletion.Refused):
        deletion.ask_for_workspace(workspace=own, actor=alice)


def test_others_delete_and_keep_nothing(fresh: Browser, bob: User, charlie: User, workspace: Workspace) -> None:
    for path in ("delete", "keep"):
        assert fresh(bob).post(f"/w/atelier/data/{path}", {"name": "Atelier"}).status_code == 403
        assert fresh(charlie).post(f"/w/atelier/data/{path}", {"name": "Atelier"}).status_code == 404
    assert Client().post("/account/data/keep").status_code == Client().post(ACCOUNT).status_code == 302
    assert not again(workspace).deletion_due_at


def test_it_is_too_late_when_the_grace_is_over(alice: User, workspace: Workspace) -> None:
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    Workspace.objects.filter(pk=workspace.pk).update(deletion_due_at=timezone.now())
    assert not deletion.cancel_for_workspace(workspace=workspace, actor=alice)
    assert not deletion.cancel_for_person(person=alice)


def test_members_are_told_once_each_however_many(alice: User, workspace: Workspace, run: Run) -> None:
    people = User.objects.bulk_create(User(email=f"p{number}@example.org") for number in range(120))
    with scope(workspace=workspace):
        Membership.objects.bulk_create(Membership(workspace=workspace, user=person) for person in people)
    deletion.ask_for_workspace(workspace=workspace, actor=alice)
    for _ in range(5):
        run(tasks.tell_members)
    assert len(mail.outbox) == len({letter.to[0] for letter in mail.outbox}) == 122
    assert again(workspace).deletion_told is None
