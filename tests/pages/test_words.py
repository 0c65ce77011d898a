"""What a generation says about itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.models import Generation
from generation.pages import words
from tests.generation.conftest import announce


def generation(**changes) -> Generation:
    start = timezone.now()
    values = {"n": 4, "started_at": start, "finished_at": start + timedelta(seconds=3.21), "source": "page"}
    return Generation(**values | changes)


@pytest.mark.parametrize(
    ("changes", "done", "said"),
    [
        ({"status": "running"}, 0, "Drawing"),
        ({"status": "running", "cancel_requested_at": timezone.now()}, 0, "Stopping"),
        ({"status": "succeeded"}, 4, "Done in 3.2 s"),
        ({"status": "canceled"}, 0, "Stopped. Nothing was charged."),
        ({"status": "canceled"}, 2, "Stopped after 2 of 4 pictures."),
        ({"status": "failed", "error_message": "It broke."}, 0, "It broke. Nothing was charged."),
        ({"status": "failed"}, 0, "The picture could not be drawn. Nothing was charged."),
        (
            {"status": "failed", "error_message": "It broke.", "price_micros": 70_000},
            1,
            "It broke. Only the finished pictures were charged.",
        ),
        (
            {"status": "failed", "error_message": "It broke.", "price_micros": 70_000, "included": 1},
            1,
            "It broke. Nothing was charged.",
        ),
        (
            {"status": "failed", "error_message": "It broke.", "price_micros": 70_000, "included": 1},
            3,
            "It broke. Of the finished pictures $0.14 was charged; the others are part of the plan.",
        ),
        ({"status": "failed", "error_message": "Nothing was charged, it broke."}, 0, "Nothing was charged, it broke."),
        ({"status": "blocked", "error_message": "Not this."}, 0, "Not this. Nothing was charged."),
    ],
)
def test_it_says_what_happened_and_what_was_not_charged(changes, done, said) -> None:
    made = generation(**changes)
    assert words.state(made, done=done, charged=sum(map(made.price_of, range(done)))) == said


def test_it_says_that_no_model_runs() -> None:
    assert "No model is running" in words.state(generation(status="queued"), done=0)


@pytest.mark.parametrize(
    ("n", "rate", "said"),
    [
        (0, 64.0, "Queued. Drawing starts when the model is free."),
        (1, None, "Queued behind 1 picture."),
        (4, None, "Queued behind 4 pictures."),
        (4, 64.0, "Queued behind 4 pictures. Drawing starts in about 4 s."),
        (4, 1.0, "Queued behind 4 pictures. Drawing starts in about 4 min."),
        (4, 0.01, "Queued behind 4 pictures. Drawing starts in about 7 h."),
    ],
)
def test_it_says_what_a_queued_generation_waits_for(ask, n: int, rate: float | None, said: str) -> None:
    announce("aurora", rate=rate)
    if n:
        ask(n=n)
    assert words.state(ask(), done=0) == said
