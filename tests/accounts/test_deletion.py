"""Deletion: asked for with care, taken back within fourteen days, and then nothing personal is left."""

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
from accounts.services import api_keys, audit, deletion, erasure, exports, invitations, members, personal, workspaces
from accounts.services.rights import Refused
from billing.models import Account, Posting

Browser = Callable[[User], Client]
Run = Callable[..., None]
NAME = "/w/atelier/data/delete"
ACCOUNT = "/account/data/delete"


@pytest.fixture
def run(db: None, django_capture_on_commit_callbacks: Callable[..., Any]) -> Run:
    """Run something, with what follows its commit."""

    def call(task: Callable[..., Any], **values: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            task(**values)

    return call


@pytest.fixture
def over(run: Run) -> Callable[[], None]:
    """The grace of all that is to be deleted is over, and beat comes round until nothing is left to do."""

    def pass_time() -> None:
        past = timezone.now() - timedelta(minutes=1)
        User.objects.filter(deletion_due_at__isnull=False).update(deletion_due_at=past)
        Workspace.objects.filter(deletion_due_at__isnull=False).update(deletion_due_at=past)
        for _ in range(5):
            run(tasks.erase)

    return pass_time


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


# --- Erasing --------------------------------------------------------------------------------------------------------


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
