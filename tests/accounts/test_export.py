"""Exports: everything, in one zip, made once however often its maker dies, and for the person who asked alone."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import tasks
from accounts.models import Export, User, Workspace
from accounts.services import api_keys, archive, exports, personal
from accounts.services.personal import Part

Browser = Callable[[User], Client]
Make = Callable[[], bool]


@pytest.fixture
def make(db: None, django_capture_on_commit_callbacks: Callable[..., Any]) -> Make:
    """Make the next export, as beat does; with what follows the commit."""

    def run() -> bool:
        with django_capture_on_commit_callbacks(execute=True):
            return exports.make_next()

    return run


def unzip(export: Export) -> zipfile.ZipFile:
    with default_storage.open(exports.newest(person=export.person, workspace=export.workspace).storage_key) as file:  # type: ignore[union-attr]
        return zipfile.ZipFile(io.BytesIO(file.read()))


def rows(zipped: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(zipped.read(f"{name}.json"))
    return found


def state(export: Export) -> Export:
    with scopes_disabled():
        return Export.objects.select_related("person", "workspace").get(pk=export.pk)


def test_it_packs_all_that_is_a_persons(alice: User, workspace: Workspace, bob: User, make: Make) -> None:
    export = exports.ask(person=alice)
    assert make()
    zipped = unzip(export)
    assert zipped.testzip() is None
    assert [row["email"] for row in rows(zipped, "accounts/users")] == ["alice@example.org"]
    assert {row["workspace__name"] for row in rows(zipped, "accounts/memberships")} == {"Alice", "Atelier"}
    assert b"bob@example.org" not in b"".join(zipped.read(name) for name in zipped.namelist())
    assert "alice@example.org" in zipped.read("READ_ME.txt").decode()
    assert not make()


def test_it_packs_all_that_is_a_workspaces(alice: User, workspace: Workspace, make: Make) -> None:
    api_keys.create(workspace=workspace, name="Shop", created_by=alice)
    export = exports.ask(person=alice, workspace=workspace)
    make()
    zipped = unzip(export)
    assert {row["user__email"] for row in rows(zipped, "accounts/memberships")} == {
        "alice@example.org",
        "bob@example.org",
    }
    assert [row["name"] for row in rows(zipped, "accounts/api_keys")] == ["Shop"]
    assert sum(row["amount"] for row in rows(zipped, "billing/postings")) == 0
    assert {row["action"] for row in rows(zipped, "accounts/audit_entries")} >= {"key.created", "export.asked"}


def test_it_packs_no_secrets(alice: User, workspace: Workspace, make: Make) -> None:
    key, _ = api_keys.create(workspace=workspace, name="Shop", created_by=alice)
    for whose in (None, workspace):
        export = exports.ask(person=alice, workspace=whose)
        make()
        zipped = unzip(export)
        content = b"".join(zipped.read(name) for name in zipped.namelist()).decode()
        assert key.secret_hash not in content
        assert alice.password not in content
        assert not re.search(r'"(password|\w*hash|\w*secret|session_key|token)"', content)


def test_it_writes_when_it_is_ready_and_once(alice: User, workspace: Workspace, make: Make) -> None:
    exports.ask(person=alice, workspace=workspace)
    make()
    make()
    (letter,) = mail.outbox
    assert letter.subject == "Your export of Atelier is ready"
    assert "/w/atelier/data/" in letter.body
    assert "/w/atelier/data/" in str(letter.alternatives[0][0])  # type: ignore[attr-defined]


def test_it_makes_one_at_a_time(alice: User, workspace: Workspace) -> None:
    first = exports.ask(person=alice)
    assert exports.ask(person=alice) == first
    assert exports.ask(person=alice, workspace=workspace) == exports.ask(person=alice, workspace=workspace) != first
    with scopes_disabled():
        assert Export.objects.count() == 2


def test_a_new_one_takes_the_place_of_the_old(alice: User, make: Make) -> None:
    old = exports.ask(person=alice)
    make()
    assert default_storage.exists(state(old).storage_key)
    exports.ask(person=alice)
    assert state(old).status == "expired"
    assert not default_storage.exists(state(old).storage_key)


class Killed(BaseException):
    """What no handler of ours catches, as a killed process runs none."""


def dying(after: int, kind: type[BaseException]) -> Callable[..., Any]:
    """Reads some parts, then dies."""
    read, count = Part.read, iter(range(10**6))

    def die(self: Part, *args: Any) -> Any:
        if next(count) == after:
            raise kind
        return read(self, *args)

    return die


@pytest.mark.parametrize("kind", [Killed, RuntimeError])
@pytest.mark.parametrize("after", [0, 3, 9])
def test_it_is_made_anew_when_its_maker_dies(
    alice: User,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    after: int,
    kind: type[BaseException],
    make: Make,
) -> None:
    export = exports.ask(person=alice, workspace=workspace)
    with monkeypatch.context() as broken:
        broken.setattr(Part, "read", dying(after, kind))
        if kind is Killed:
            with pytest.raises(Killed):
                tasks.make_exports()
        else:
            tasks.make_exports()
    assert mail.outbox == []
    assert not make(), "its lease has not run out"
    with scopes_disabled():
        Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert make()
    made = state(export)
    assert (made.status, made.attempt, made.done) == ("ready", 2, made.total)
    assert unzip(export).testzip() is None
    assert not default_storage.exists(made.key_of(1))
    assert len(mail.outbox) == 1


def test_it_gives_up_after_three_attempts_and_says_so(
    client_of: Browser,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    make: Make,
) -> None:
    monkeypatch.setattr(Part, "read", dying(0, RuntimeError))
    monkeypatch.setattr(exports, "PAUSE", timedelta(seconds=-1))
    export = exports.ask(person=alice)
    for _ in range(5):
        monkeypatch.setattr(Part, "read", dying(0, RuntimeError))
        make()
    assert (state(export).status, state(export).attempt) == ("failed", 3)
    assert [letter.subject for letter in mail.outbox] == ["Your export could not be made"]
    assert "could not be made" in client_of(alice).get("/account/data").content.decode()


def test_a_worker_that_was_taken_for_dead_changes_nothing(
    alice: User, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    export = exports.ask(person=alice)
    read = Part.read

    def slow(self: Part, *args: Any) -> Any:
        monkeypatch.setattr(Part, "read", read)
        with scopes_disabled():
            Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert exports.make_next()
        return read(self, *args)

    monkeypatch.setattr(Part, "read", slow)
    monkeypatch.setattr(exports, "TELL_EVERY_SECONDS", 0)
    assert make()
    assert (state(export).status, state(export).attempt, len(mail.outbox)) == ("ready", 2, 1)
    assert unzip(export).testzip() is None


def test_it_makes_nothing_for_who_may_no_longer_have_it(
    alice: User,
    bob: User,
    workspace: Workspace,
    make: Make,
    make_role: Callable[..., None],
) -> None:
    make_role(bob, "owner")
    export = exports.ask(person=bob, workspace=workspace)
    make_role(bob, "member")
    make()
    assert (state(export).status, mail.outbox) == ("failed", [])


def test_it_is_there_for_seven_days(client_of: Browser, alice: User, make: Make) -> None:
    export = exports.ask(person=alice)
    make()
    key, url = state(export).storage_key, f"/account/data/exports/{export.pk}"
    assert client_of(alice).get(url).status_code == 200
    with scopes_disabled():
        Export.objects.update(expires_at=timezone.now())
    assert client_of(alice).get(url).status_code == 404
    tasks.expire_exports()
    assert state(export).status == "expired"
    assert not default_storage.exists(key)
    assert "was deleted" in client_of(alice).get("/account/data").content.decode()


def test_only_who_asked_gets_it(
    client_of: Browser,
    alice: User,
    bob: User,
    charlie: User,
    workspace: Workspace,
    body_of: Callable[[Any], bytes],
    make: Make,
    make_role: Callable[..., None],
) -> None:
    own, shared = exports.ask(person=alice), exports.ask(person=alice, workspace=workspace)
    assert make() and make()
    urls = [f"/account/data/exports/{own.pk}", f"/w/atelier/data/exports/{shared.pk}"]
    make_role(bob, "owner")
    for url in urls:
        answer = client_of(alice).get(url)
        assert body_of(answer)[:2] == b"PK"
        assert answer["Content-Disposition"].startswith('attachment; filename="aurora-')
        assert client_of(bob).get(url).status_code == client_of(charlie).get(url).status_code == 404
        assert Client().get(url).status_code == 302
    # Neither by another door.
    assert client_of(alice).get(f"/account/data/exports/{shared.pk}").status_code == 404
    assert client_of(alice).get(f"/w/atelier/data/exports/{own.pk}").status_code == 404


def test_pages_ask_for_one_and_tell_how_far_it_is(
    client_of: Browser, alice: User, workspace: Workspace, make: Make
) -> None:
    for page in ("/account/data", "/w/atelier/data/"):
        browser = client_of(alice)
        assert browser.get(page).status_code == 200
        assert browser.post(f"{page.rstrip('/')}/export").status_code == 302
        waiting = browser.get(page, headers={"HX-Request": "true"}).content.decode()
        assert "Waiting to begin" in waiting
        assert "hx-get" in waiting
        with scopes_disabled():
            Export.objects.filter(status="queued").update(
                status="running", done=1234, total=5678, lease_until=timezone.now()
            )
        assert "1,234 of 5,678" in browser.get(page, headers={"HX-Request": "true"}).content.decode()
        with scopes_disabled():
            Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        make()
        ready = browser.get(page, headers={"HX-Request": "true"}).content.decode()
        assert "Download" in ready
        assert "hx-get" not in ready


def test_owners_alone_take_a_workspace_along(
    client_of: Browser, bob: User, charlie: User, workspace: Workspace
) -> None:
    for path in ("", "export", f"exports/{workspace.pk}"):
        url = f"/w/atelier/data/{path}"
        for browser, status in ((client_of(bob), 403), (client_of(charlie), 404)):
            assert browser.get(url).status_code in (status, 405)
            assert browser.post(url).status_code in (status, 405)
    with scopes_disabled():
        assert not Export.objects.exists()


def test_what_fails_half_way_leaves_nothing_that_looks_whole(alice: User) -> None:
    def die() -> None:
        with archive.write_zip("exports/x/1.zip") as target, target.entry("a.txt") as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die()
    if default_storage.exists("exports/x/1.zip"):
        with default_storage.open("exports/x/1.zip") as file:
            assert not zipfile.is_zipfile(io.BytesIO(file.read()))


def test_every_model_with_personal_data_is_in_the_list() -> None:
    assert personal.missing() == []


def test_the_list_finds_what_is_not_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {label: part for label, part in personal._parts.items() if label != "accounts.ApiKey"}
    monkeypatch.setattr(personal, "_parts", parts)
    assert personal.missing() == ["accounts.ApiKey"]


def test_everything_in_the_list_has_a_way_or_a_reason() -> None:
    for part in personal.parts():
        assert part.exported.of_person or part.exported.of_workspace or part.exported.why_not, part.name
        assert part.erased.of_person or part.erased.of_workspace or part.erased.why_not, part.name
        fields = {field.name for field in part.model._meta.concrete_fields}
        assert set(part.exported.without) <= fields, part.name


def test_no_two_people_wait_for_each_other(alice: User, bob: User, charlie: User, make: Make) -> None:
    for person in (alice, bob, charlie):
        exports.ask(person=person)
    with scopes_disabled():
        Export.objects.filter(person__in=[alice, bob]).update(
            status="running", lease_until=timezone.now() + timedelta(minutes=1)
        )
    assert not make(), "as many as may are under way"
    with time_machine.travel(timezone.now() + timedelta(minutes=2)), scopes_disabled():
        Export.objects.filter(person=bob).update(status="ready")
    assert make()


def test_beat_sends_only_tasks_that_there_are() -> None:
    from aurora_site.celery import app

    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
