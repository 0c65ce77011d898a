"""The pages of webhooks and batches: what is seen and done there, and by whom."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from accounts.models import AuditEntry, Membership
from generation.models import Batch, BatchLine, Delivery, Hook
from generation.models.hooks import Event
from generation.services import happenings, hooks

HOOKS = "/w/atelier/developers/webhooks"
BATCHES = "/w/atelier/developers/batches"
URL = "http://127.0.0.1/hook"
NEW = {"url": URL, "events": ["generation.succeeded", "batch.finished"]}


@pytest.fixture
def studio(workspace, settings):
    """The workspace, in whose scope the test runs; without commits. Webhooks may lead to this machine."""
    settings.AURORA_FETCH_PRIVATE = True
    with scope(workspace=workspace):
        yield workspace


@pytest.fixture
def hook(studio, alice) -> Hook:
    return hooks.create(workspace=studio, actor=alice, url=URL, events=[Event.SUCCEEDED])[0]


@pytest.fixture
def batch_of(studio) -> Callable[..., Batch]:
    def make(by: Any, *states: str, **values: Any) -> Batch:
        total, about = len(states), {"name": "mine.jsonl", "most_micros": 70_000} | values
        batch = Batch.objects.create(workspace=studio, created_by=by, total=total, **about)
        BatchLine.objects.bulk_create(
            BatchLine(workspace=studio, batch=batch, index=index, custom_id=str(index), wish={}, state=state)
            for index, state in enumerate(states)
        )
        return batch

    return make


def secret_of(answer: Any) -> str:
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r"value=\"(whsec_[^\"]{32})\"", answer.content.decode())
    assert found
    return found[1]


def test_it_shows_a_new_secret_once(studio, fresh, alice) -> None:
    browser: Client = fresh(alice)
    secret = secret_of(browser.post(f"{HOOKS}/new", NEW))
    made = Hook.objects.get()
    assert (made.url, made.events, made.with_prompt) == (URL, NEW["events"], False)
    for path in (HOOKS, f"{HOOKS}/{made.pk}", f"{HOOKS}/{made.pk}/edit"):
        assert secret not in browser.get(path).content.decode()
    assert secret_of(browser.post(f"{HOOKS}/{made.pk}/rotate", {"overlap": 24})) != secret
    made.refresh_from_db()
    assert made.has_two_secrets
    assert list(
        AuditEntry.objects.filter(action__startswith="webhook").order_by("pk").values_list("action", flat=True)
    ) == [
        "webhook.created",
        "webhook.rotated",
    ]


@pytest.mark.parametrize(
    ("wrong", "field", "private"),
    [
        ({"url": ""}, "url", True),
        ({"url": "gopher://x"}, "url", True),
        ({"url": "http://example.org/"}, "url", False),
        ({"url": "https://10.0.0.1/"}, "url", False),
        ({"url": "https://bücher.example/"}, "url", True),
        ({"url": "https://example.org:22/"}, "url", True),
        ({"url": "https://x.invalid/" + "a" * 500}, "url", True),
        ({"events": []}, "events", True),
        ({"events": ["everything"]}, "events", True),
    ],
)
def test_it_says_what_is_wrong_beside_the_field(
    studio, fresh, alice, settings, wrong: dict, field: str, private: bool
) -> None:
    settings.AURORA_FETCH_PRIVATE = private
    answer = fresh(alice).post(f"{HOOKS}/new", NEW | wrong)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Hook.objects.exists()


def test_it_changes_switches_tests_replays_and_deletes(hook, fresh, alice) -> None:
    browser, page = fresh(alice), f"{HOOKS}/{hook.pk}"
    browser.post(f"{page}/edit", NEW | {"with_prompt": "on"})
    browser.post(f"{page}/switch", {"on": "0"})
    browser.post(f"{page}/test")
    hook.refresh_from_db()
    assert (hook.is_on, hook.with_prompt, hook.events) == (False, True, NEW["events"])
    browser.post(f"{page}/switch", {"on": "1"})
    sent = Delivery.objects.get()
    browser.post(f"/w/atelier/developers/deliveries/{sent.pk}/replay")
    said = browser.get(page).content.decode()
    assert said.count(sent.event_id) >= 2
    assert "replayed" in said
    assert browser.get(f"{page}/delete").status_code == 200
    browser.post(f"{page}/delete")
    assert not Hook.objects.exists()
    assert "No webhooks yet" in browser.get(HOOKS).content.decode()


def test_it_shows_what_came_back(hook, fresh, alice) -> None:
    happenings.test(hook=hook, actor=alice)
    Delivery.objects.update(
        status="failed", response_status=500, response_excerpt="<b>oops</b>", attempts=1, milliseconds=12
    )
    said = fresh(alice).get(f"{HOOKS}/{hook.pk}").content.decode()
    assert "&lt;b&gt;oops" in said
    assert "500 · 12 ms" in said


def test_it_has_ten_at_most(hook, fresh, alice, monkeypatch) -> None:
    monkeypatch.setattr(hooks, "MOST", 1)
    assert "New webhook" not in fresh(alice).get(HOOKS).content.decode()
    answer = fresh(alice).post(f"{HOOKS}/new", NEW)
    assert (answer.status_code, Hook.objects.count()) == (422, 1)


def test_it_is_closed_to_members_and_strangers(hook, alice, fresh, bob, charlie) -> None:
    happenings.test(hook=hook, actor=alice)
    replay = f"/w/atelier/developers/deliveries/{Delivery.objects.get().pk}/replay"
    paths = [f"{HOOKS}/{hook.pk}/{path}" for path in ("switch", "test", "delete", "rotate", "edit")]
    for path in [*paths, replay]:
        assert fresh(bob).post(path, NEW | {"on": "0", "overlap": 0}).status_code == 403
        assert fresh(charlie).post(path, NEW).status_code == 404
        assert fresh(charlie).post(path.replace("atelier", "charlie"), NEW | {"overlap": 0}).status_code == 404
    hook.refresh_from_db()
    assert hook.is_on
    assert Delivery.objects.count() == 1


def test_it_shows_batches_to_their_makers_and_all_to_admins(batch_of, client_of, alice, bob, charlie) -> None:
    hers = batch_of(alice, "succeeded", "waiting", state="paused", trouble="The credit is used up.")
    his = batch_of(bob, "failed", "canceled", state="canceled")
    seen = [client_of(person).get(BATCHES).content.decode() for person in (alice, bob)]
    assert [str(hers.pk) in page for page in seen] == [True, False]
    assert [str(his.pk) in page for page in seen] == [True, True]
    assert "The credit is used up." in seen[0]
    assert "1 failed, 1 canceled" in seen[1]
    assert "hx-get" in seen[0], "it looks again while something is under way"
    assert "hx-get" not in seen[1]
    part = client_of(alice).get(BATCHES, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert client_of(charlie).get(BATCHES).status_code == 404


def test_it_cancels_a_batch(batch_of, client_of, alice, bob) -> None:
    hers, his = batch_of(alice, "waiting"), batch_of(bob, "waiting")
    assert client_of(bob).post(f"{BATCHES}/{hers.pk}/cancel").status_code == 404
    assert client_of(alice).post(f"{BATCHES}/{his.pk}/cancel").status_code == 302
    assert client_of(alice).post(f"{BATCHES}/{uuid.uuid4()}/cancel").status_code == 404
    his.refresh_from_db()
    assert his.state == "canceled"
    Membership.objects.filter(user=bob).update(role="viewer")
    assert client_of(bob).get(BATCHES).status_code == 403


def test_it_gives_results_to_the_maker_alone(batch_of, client_of, alice, bob, body_of) -> None:
    his = batch_of(bob, "failed", "waiting")
    answer = client_of(bob).get(f"{BATCHES}/{his.pk}/results")
    assert answer["Content-Disposition"] == f'attachment; filename="batch-{his.pk}.jsonl"'
    assert client_of(alice).get(f"{BATCHES}/{his.pk}/results").status_code == 404


def test_it_asks_as_often_for_many_as_for_few(batch_of, hook, client_of, alice, django_assert_max_num_queries) -> None:
    for _ in range(2):
        batch_of(alice, "succeeded")
        happenings.test(hook=hook, actor=alice)
    browser, pages = client_of(alice), (BATCHES, f"{HOOKS}/{hook.pk}")
    few = []
    for page in pages:
        with django_assert_max_num_queries(20) as asked:
            browser.get(page)
        few.append(len(asked))
    for _ in range(8):
        batch_of(alice, "succeeded")
        happenings.test(hook=hook, actor=alice)
    for page, count in zip(pages, few, strict=True):
        with django_assert_max_num_queries(count):
            browser.get(page)
