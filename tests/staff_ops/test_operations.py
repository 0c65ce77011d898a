"""Operations: switches that hold, announcements that are seen, jobs that are remembered, letters that stay shut."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Announcement, AuditEntry, JobRun, User, Workspace
from accounts.services import jobs, switches
from billing import tasks
from generation.services import drains, feeds, workers

OPERATIONS = "/admin/panel/operations/"


def deeds() -> list[str]:
    with scopes_disabled():
        return list(AuditEntry.objects.filter(workspace=None).order_by("id").values_list("action", flat=True))


@pytest.fixture
def desk(desk_of: Callable[..., Client]) -> Client:
    return desk_of("operator")


def turn(desk: Client, name: str, **changes: Any) -> int:
    return desk.post(f"{OPERATIONS}features/{name}", {"state": "off"} | changes).status_code


def test_every_page_opens(desk: Client, django_assert_max_num_queries: Any) -> None:
    for place in ("", "features", "announcements", "mail", "jobs", "shared-data", "system"):
        with django_assert_max_num_queries(16):
            assert desk.get(f"{OPERATIONS}{place}").status_code == 200


def test_sign_ups_are_closed(desk: Client, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert turn(desk, "sign_ups", message="We move. Back at noon.") == 302
    visitor = Client()
    assert "We move. Back at noon." in visitor.get("/accounts/signup/").content.decode()
    visitor.post("/accounts/signup/", {"email": "eve@example.org", "password1": "correct horse battery"})
    assert not User.objects.filter(email="eve@example.org").exists()
    assert deeds()[-1] == "feature.switched"


def test_the_api_is_off_for_all_but_some(
    desk: Client, workspace: Workspace, api_key: str, django_capture_on_commit_callbacks: Any
) -> None:
    program = Client(headers={"Authorization": f"Bearer {api_key}"})
    assert program.get("/v1/models").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        turn(desk, "api", state="some", plans=["team"])
    refused = program.get("/v1/models")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "feature_off")
    with django_capture_on_commit_callbacks(execute=True):
        turn(desk, "api", state="some", workspaces=workspace.slug)
    assert program.get("/v1/models").status_code == 200


def test_a_plan_opens_what_is_off_for_others(
    desk: Client, workspace: Workspace, grant: Callable[[str], None], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        turn(desk, "batches", state="some", plans=["super"])
    assert not switches.is_on("batches", workspace)
    grant("super")
    assert switches.is_on("batches", workspace)


def test_feeds_say_that_they_are_off(
    desk: Client, workspace: Workspace, alice: User, client_of: Callable, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        turn(desk, "feeds")
    with scope(workspace=workspace), pytest.raises(feeds.NotBegun, match="turned off"):
        feeds.open_feed(workspace=workspace, person=alice, prompt="a cat")
    page = client_of(alice).post(f"/w/{workspace.slug}/feeds", {"prompt": "a cat", "share": "shared"})
    assert "turned off at the moment" in page.content.decode()


@pytest.mark.parametrize("wrong", [{"state": "x"}, {"state": "some"}, {"state": "some", "workspaces": "nowhere"}])
def test_a_wrong_switch_changes_nothing(wrong: dict[str, str], desk: Client) -> None:
    assert turn(desk, "feeds", **wrong) == 422
    assert turn(desk, "nothing") == 404
    assert switches.is_on("feeds")


def announcement(**changes: Any) -> dict[str, Any]:
    ends = timezone.now() + timedelta(days=1)
    return {
        "text": "Drawing is slow until noon.",
        "level": "warning",
        "audience": "everybody",
        "ends_at_0": f"{ends:%Y-%m-%d}",
        "ends_at_1": f"{ends:%H:%M:%S}",
    } | changes


def test_an_announcement_is_seen_until_it_is_put_away(
    desk: Client, workspace: Workspace, alice: User, bob: User, client_of: Callable,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        assert desk.post(f"{OPERATIONS}announcements", announcement()).status_code == 302
    studio, hers, his = f"/w/{workspace.slug}/create", client_of(alice), client_of(bob)
    assert "Drawing is slow until noon." in hers.get(studio).content.decode()
    pk = Announcement.objects.get().pk
    assert hers.post(f"/account/announcements/{pk}/dismiss", {"next": studio}).headers["Location"] == studio
    assert hers.post(f"/account/announcements/{pk}/dismiss", {"next": "//evil.example"}).headers["Location"] == "/"
    assert "Drawing is slow" not in hers.get(studio).content.decode()
    assert "Drawing is slow" in his.get(studio).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(f"{OPERATIONS}announcements/{pk}/end")
    assert "Drawing is slow" not in his.get(studio).content.decode()
    assert deeds()[-2:] == ["announcement.made", "announcement.ended"]


@pytest.mark.parametrize(
    "wrong",
    [{"text": ""}, {"level": "x"}, {"ends_at_0": "2001-01-01"}, {"ends_at_0": ""}, {"audience": "plan"},
     {"ends_at_0": "2999-01-01"}],
)  # fmt: skip
def test_a_wrong_announcement_is_not_made(wrong: dict[str, str], desk: Client) -> None:
    answer = desk.post(f"{OPERATIONS}announcements", announcement(**wrong))
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()


def test_only_a_plan_is_told(
    desk: Client, workspace: Workspace, alice: User, client_of: Callable, grant: Callable[[str], None],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(f"{OPERATIONS}announcements", announcement(audience="plan", plan="super"))
    studio, hers = f"/w/{workspace.slug}/create", client_of(alice)
    assert "Drawing is slow" not in hers.get(studio).content.decode()
    grant("super")
    assert "Drawing is slow" in hers.get(studio).content.decode()


def test_jobs_are_remembered(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.prove_ledger.apply()
    run = JobRun.objects.get(name="billing.tasks.prove_ledger")
    assert (run.state, run.said) == ("done", "0 accounts proved, 0 days closed")
    monkeypatch.setattr("billing.services.proof.prove_all", lambda: 1 / 0)
    tasks.prove_ledger.apply()
    run.refresh_from_db()
    assert (run.state, run.said) == ("failed", "ZeroDivisionError: division by zero")
    assert "ZeroDivisionError" in desk.get(f"{OPERATIONS}jobs").content.decode()


def test_a_job_is_asked_for_once_at_a_time(desk: Client) -> None:
    for _ in range(2):
        desk.post(f"{OPERATIONS}shared-data/export")
    assert JobRun.objects.get(name="generation.tasks.export_shared_data").state == "asked"
    assert deeds().count("job.asked") == 1
    assert desk.post(f"{OPERATIONS}jobs/run", {"job": "os.system"}).status_code == 404
    assert desk.post(f"{OPERATIONS}jobs/run", {"job": "accounts.tasks.erase"}).status_code == 302


def test_the_export_says_how_far_it_is(db: None, settings: Any, tmp_path: Path) -> None:
    from generation.tasks import export_shared_data

    settings.AURORA_DATA_SET = tmp_path
    export_shared_data.apply()
    run = JobRun.objects.get(name="generation.tasks.export_shared_data")
    assert (run.state, run.said) == ("done", "0 pictures added, 0 taken out, 0 not found")


def test_every_job_of_the_schedule_is_shown(desk: Client) -> None:
    lines = desk.get(f"{OPERATIONS}jobs").context["lines"]
    assert {line.name for line in lines} == set(jobs.scheduled())
    assert all(line.every for line in lines)


def test_a_worker_is_drained_and_resumed(desk: Client) -> None:
    workers.announce(name="host:1", model="a-model")
    desk.post(f"{OPERATIONS}workers/drain", {"worker": "nobody:1"})
    assert drains.drained() == set()
    desk.post(f"{OPERATIONS}workers/drain", {"worker": "host:1"})
    assert drains.is_drained("host:1")
    assert "Told to drain" in desk.get(OPERATIONS).content.decode()
    workers.announce(name="host:1", model="a-model", is_draining=True)
    assert "Drained" in desk.get(OPERATIONS).content.decode()
    desk.post(f"{OPERATIONS}workers/resume", {"worker": "host:1"})
    assert drains.drained() == set()
    assert deeds()[-2:] == ["worker.drained", "worker.resumed"]


def test_letters_are_listed_and_opened_by_superusers_alone(
    desk: Client, desk_of: Callable[..., Client], settings: Any, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", tmp_path
    mail.send_mail("Confirm", "Open https://example.org/secret", None, ["alice@example.org"])
    page = desk.get(f"{OPERATIONS}mail").content.decode()
    assert "a…@example.org" in page
    assert "alice@" not in page
    name = next(tmp_path.iterdir()).name
    assert desk.get(f"{OPERATIONS}mail/{name}").status_code == 403
    root = desk_of("")
    assert "https://example.org/secret" in root.get(f"{OPERATIONS}mail/{name}").content.decode()
    assert deeds()[-1] == "letter.read"
    assert root.get(f"{OPERATIONS}mail/..%2Fsecret").status_code == 404
