import threading
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models.functions import Now

from generation import storage
from generation.catalog import Steering
from generation.models import Generation, Picture
from generation.services import browse, cancel, deliver, lease, recover
from generation.serving.model import TooLarge
from tests.generation.conftest import square

IMAGE = 70_000


def fresh(generation: Generation) -> Generation:
    return Generation.objects.select_related("workspace").get(pk=generation.pk)


def expire(generation: Generation) -> None:
    Generation.objects.filter(pk=generation.pk).update(lease_until=Now() - timedelta(seconds=1))


def delivered(generation: Generation) -> list[int]:
    return list(Picture.objects.filter(generation=generation).order_by("index").values_list("index", flat=True))


def test_it_draws_shows_delivers_and_ends(ask, draw, events) -> None:
    made = ask(n=2, seed=2**32 - 1)
    draw(made)
    done = fresh(made)
    assert (done.status, done.attempt, done.model, done.lease_until) == ("succeeded", 1, "quick", None)
    assert done.started_at
    assert done.finished_at
    assert events(made) == ["queued", "started", *2 * ["preview", "preview", "picture"], "succeeded"]
    first, second = browse.generation(workspace=made.workspace, reader=made.requested_by, id=made.pk).pictures.all()
    assert (first.seed, second.seed, first.positions, str(first.size)) == (2**32 - 1, 0, 64, "256x256")
    assert first.storage_key == f"ws/{made.workspace_id}/{made.pk}/{first.sha256}.png"
    assert len(storage.read_png(first)) == first.byte_size


def test_it_asks_the_engine_for_all_pictures_at_once_each_with_its_turn(ask, draw, painter, credit) -> None:
    engine = painter()
    made = ask(source="api", n=6, seed=10)
    Generation.objects.filter(pk=made.pk).update(turn_end=5)
    draw(made, engine)
    (request,) = engine.requests
    assert request.seeds == (10, 11, 12, 13, 14, 15)
    assert request.turns == (-1, 0, 1, 2, 3, 4)
    assert delivered(made) == list(range(6))


def test_it_tells_the_engine_how_the_picture_is_led(ask, draw, painter) -> None:
    engine, told = painter(), Steering("snow", 4.0, 0.5)
    draw(ask(), engine)
    draw(ask(negative=" snow ", guidance="4", variety=0.5), engine)
    assert [request.steering for request in engine.requests] == [Steering(), told]


def test_it_charges_each_picture_once(ask, draw, credit, books) -> None:
    made = ask(source="api", n=2)
    draw(made)
    draw(made)
    assert books() == (1_000_000 - 2 * IMAGE, 0)


def test_it_does_nothing_the_second_time(ask, draw, painter) -> None:
    made, again = ask(), painter()
    draw(made)
    draw(made, again)
    assert again.requests == []
    assert fresh(made).attempt == 1


def test_it_is_drawn_by_one_of_two_threads(ask, draw, painter, credit, books) -> None:
    made, engine = ask(source="api"), painter()

    def work() -> None:
        draw(made, engine)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(engine.requests) == 1
    assert fresh(made).status == "succeeded"
    assert books() == (1_000_000 - IMAGE, 0)


def test_it_stops_between_steps_when_canceled(ask, draw, painter, credit, books, events) -> None:
    made = ask(source="api", n=3)

    def between(drawn: list) -> None:
        # After the first picture and one row of the second.
        if len(drawn) == 4:
            cancel.cancel(generation=made)

    draw(made, painter(between))
    assert fresh(made).status == "canceled"
    assert delivered(made) == [0]
    assert books() == (1_000_000 - IMAGE, 0)
    assert events(made)[-1] == "canceled"


def test_it_finds_a_cancellation_in_the_row_without_valkey(ask, draw, painter, monkeypatch) -> None:
    monkeypatch.setattr("generation.progress.ask_to_stop", lambda generation_id: None)
    made = ask(n=2)
    draw(made, painter(lambda drawn: len(drawn) == 1 and cancel.cancel(generation=made)))
    assert fresh(made).status == "canceled"
    assert delivered(made) == []


def test_it_draws_nothing_of_what_was_canceled_in_the_queue(ask, draw, painter, credit, books, events) -> None:
    made, engine = ask(source="api"), painter()
    assert cancel.cancel(generation=made).status == "canceled"
    draw(made, engine)
    assert engine.requests == []
    assert books() == (1_000_000, 0)
    assert events(made) == ["queued", "canceled"]


def test_it_changes_nothing_to_cancel_what_is_over(ask, draw) -> None:
    made = ask()
    draw(made)
    assert cancel.cancel(generation=made).status == "succeeded"


def test_it_draws_only_what_an_earlier_attempt_left(ask, draw, painter, credit, books) -> None:
    made = ask(source="api", n=3, seed=5)

    def die(drawn: list) -> None:
        if len(drawn) == 3:
            raise RuntimeError("out of memory")

    draw(made, painter(die))
    assert fresh(made).status == "queued"
    second = painter()
    draw(made, second)
    assert [request.seeds for request in second.requests] == [(6, 7)]
    assert (fresh(made).status, fresh(made).attempt) == ("succeeded", 2)
    assert books() == (1_000_000 - 3 * IMAGE, 0)


def test_it_gives_up_after_three_attempts(ask, draw, painter, credit, books, events) -> None:
    made = ask(source="api", n=2)
    for _ in range(4):
        draw(made, painter(lambda drawn: 1 / 0))
    done = fresh(made)
    assert (done.status, done.attempt, done.error_code) == ("failed", 3, "worker_lost")
    assert "three attempts" in done.error_message
    assert books() == (1_000_000, 0)
    assert events(made)[-1] == "failed"


def test_it_hands_back_when_the_worker_stops(ask, draw) -> None:
    made = ask()
    for _ in range(5):
        draw(made, worker_stops=lambda: True)
        assert fresh(made).status == "queued"
    draw(made)
    assert (fresh(made).status, fresh(made).handed_back) == ("succeeded", 5)


def test_it_fails_without_cost_what_the_model_cannot_hold(ask, draw, painter, credit, books) -> None:
    def refuse(drawn: list) -> None:
        raise TooLarge("At most 512x512 fits into the memory of this machine.")

    made = ask(source="api")
    draw(made, painter(refuse))
    done = fresh(made)
    assert (done.status, done.error_code) == ("failed", "too_large")
    assert done.error_message == "At most 512x512 fits into the memory of this machine."
    assert books() == (1_000_000, 0)


def test_it_fails_with_one_sentence_when_the_disk_is_full(ask, draw, credit, books, monkeypatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    made = ask(source="api")
    draw(made)
    done = fresh(made)
    assert (done.status, done.error_code) == ("failed", "storage_failed")
    assert "No space left on device" in done.error_message
    assert books() == (1_000_000, 0)


def test_it_fences_off_a_worker_that_was_taken_for_dead(ask, claim, credit, books) -> None:
    made = ask(source="api", n=2)
    stale = claim(made, worker="first")
    expire(made)
    recover.requeue_expired()
    current = claim(made, worker="second")
    assert (stale.attempt, current.attempt) == (1, 2)

    def give(generation: Generation):
        png = square(1, "PNG", 64)
        return deliver.deliver_picture(generation=generation, index=0, seed=1, png=png, seconds=1, positions=64)

    assert not lease.renew(generation=stale)
    assert give(stale) is None
    assert not lease.finish(generation=stale, status=Generation.Status.FAILED)
    assert not lease.hand_back(generation=stale)
    assert not lease.give_up(generation=stale)
    assert (fresh(made).status, fresh(made).worker, delivered(made)) == ("running", "second", [])
    assert give(current) == give(current)
    assert books() == (1_000_000 - 2 * IMAGE, IMAGE)


def test_it_writes_a_file_again_that_a_crash_cut_short(ask, draw, monkeypatch) -> None:
    made = ask()
    png = b"a whole picture"
    stored = storage.store_png(workspace_id=made.workspace_id, generation_id=made.pk, png=png)
    Path(default_storage.path(stored.key)).write_bytes(png[:4])
    assert storage.store_png(workspace_id=made.workspace_id, generation_id=made.pk, png=png) == stored
    with default_storage.open(stored.key) as file:
        assert file.read() == png


class TestRecovery:
    def test_it_queues_what_a_dead_worker_left(self, ask, claim, draw) -> None:
        made = ask()
        claim(made)
        assert recover.requeue_expired() == 0
        expire(made)
        assert recover.requeue_expired() == 1
        assert fresh(made).status == "queued"
        draw(made)
        assert (fresh(made).status, fresh(made).attempt) == ("succeeded", 2)

    def test_it_gives_up_after_three_dead_workers(self, ask, claim, credit, books) -> None:
        made = ask(source="api")
        for _ in range(3):
            claim(made)
            expire(made)
            recover.requeue_expired()
        assert fresh(made).status == "failed"
        assert books() == (1_000_000, 0)

    def test_it_ends_what_was_canceled_as_its_worker_died(self, ask, claim) -> None:
        made = ask()
        claim(made)
        cancel.cancel(generation=made)
        expire(made)
        recover.requeue_expired()
        assert fresh(made).status == "canceled"
