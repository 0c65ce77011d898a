"""What plans and the queue let through; a refusal leaves nothing behind."""

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope

from accounts.services import workspaces
from billing.models import Transaction
from billing.plans import FREE, PLANS
from generation.models import Generation, Outbox
from generation.services import admit, order, request, workers


@pytest.fixture
def fill(ask) -> Any:
    """`fill(8)` has so many generations wait in Alice's workspace."""

    def copy(count: int, **changes: Any) -> None:
        first = ask(**changes)
        rows = [Generation(**{name: getattr(first, name) for name in COPIED}) for _ in range(count - 1)]
        Generation.objects.bulk_create(rows)

    return copy


COPIED = (
    "workspace_id",
    "source",
    "mode",
    "prompt",
    "width",
    "height",
    "n",
    "seed",
    "status",
    "turn",
    "turn_end",
    "lanes",
)


@pytest.mark.parametrize("source", ["page", "api"])
@pytest.mark.parametrize("size", [None, "1920x1080", "256x256"])
def test_it_refuses_pro_without_the_plan_and_without_cost(source, size, ask, credit, books) -> None:
    with pytest.raises(request.PlanRequired, match="Pro is part of the plans Super and Team"):
        ask(mode="pro", source=source, size=size)
    assert not Generation.objects.exists()
    assert not Outbox.objects.exists()
    assert not Transaction.objects.filter(kind="reserve").exists()
    assert books() == (1_000_000, 0)


@pytest.mark.parametrize("plan", ["super", "team"])
def test_it_takes_pro_with_the_plan_for_twice_the_price(plan, grant, ask, credit, books) -> None:
    grant(plan)
    made = ask(mode="pro", source="api", size=None, n=2)
    assert (str(made.size), made.price_micros) == ("1920x1080", 140_000)
    assert books() == (1_000_000 - 280_000, 280_000)


@pytest.mark.parametrize("source", ["page", "api"])
def test_it_refuses_what_no_running_model_draws(source, studio, alice, credit) -> None:
    workers.announce(name="one", model="other", modes=["quality"], sizes=["384x384"])
    told = {"source": source, "prompt": "a red apple", "mode": "quality"}
    whose = {"workspace": studio, "requested_by": alice}
    with pytest.raises(request.Invalid, match="other, which draws at the moment, does not draw 256x256"):
        request.submit(**whose, **told, size="256x256")
    with pytest.raises(request.Invalid, match="does not draw 512x512 in mode Quality"):
        request.place(**whose, source=source, order=order.read(**told, size="512x512"))
    assert not Generation.objects.exists()
    assert request.submit(**whose, **told, size="384x384").status == "queued"


@pytest.mark.parametrize(("plan", "most"), [(None, 8), ("super", 40), ("team", 100)])
def test_it_bounds_what_a_workspace_has_open(plan, most, grant, fill, ask) -> None:
    if plan:
        grant(plan)
    fill(most - 1)
    last = ask()
    with pytest.raises(request.QueueFull, match=f"{most} generations of this workspace") as refusal:
        ask()
    assert (refusal.value.code, refusal.value.retry_after_seconds > 0) == ("rate_limit_exceeded", True)
    assert Generation.objects.count() == most == PLANS[plan or "free"].queued
    Generation.objects.filter(pk=last.pk).update(status="succeeded")
    assert ask()


def test_it_counts_what_is_drawn_like_what_waits(fill, ask) -> None:
    fill(FREE.queued)
    Generation.objects.update(status="running", lease_until=timezone.now())
    with pytest.raises(request.QueueFull):
        ask()


def test_it_reserves_nothing_when_the_queue_is_full(fill, ask, credit, books) -> None:
    fill(FREE.queued)
    with pytest.raises(request.QueueFull):
        ask(source="api")
    assert books() == (1_000_000, 0)


def test_it_bounds_what_is_open_on_the_whole_site(ask, charlie, settings) -> None:
    settings.AURORA_QUEUE_POSITIONS = 128
    his = workspaces.personal(charlie)
    with scope(workspace=his):
        request.submit(workspace=his, requested_by=charlie, source="page", prompt="a cat", mode="speed")
    ask(n=3)
    with pytest.raises(request.QueueFull) as refusal:
        ask()
    assert refusal.value.code == "queue_full"


def test_it_counts_with_one_query(ask, studio) -> None:
    for size in ("256x256", "512x512", "1024x1024"):
        ask(mode="quality", size=size)
    with CaptureQueriesContext(connection) as asked:
        assert admit._open(studio) == (3, 4 * (64 + 64 + 256))
    assert len(asked) == 1


def test_it_keeps_the_bound_under_eight_threads(studio, alice) -> None:
    outcomes: Counter[str] = Counter()

    def work() -> None:
        with scope(workspace=studio):
            for _ in range(3):
                try:
                    request.submit(workspace=studio, requested_by=alice, source="page", prompt="a cat", mode="speed")
                    outcomes["queued"] += 1
                except request.QueueFull:
                    outcomes["refused"] += 1
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"queued": FREE.queued, "refused": 24 - FREE.queued}
