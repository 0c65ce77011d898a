"""The Celery worker process that hosts the model."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from generation.services import workers
from generation.serving import host
from tests.live import MODEL_WORKER


def test_it_ends_with_code_3_and_one_sentence_without_weights(tmp_path: Path) -> None:
    env = os.environ | {"AURORA_HOSTS_MODEL": "1", "AURORA_WEIGHTS": str(tmp_path / "nowhere")}
    ended = subprocess.run(
        [sys.executable, *MODEL_WORKER], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 3
    *_, sentence = ended.stderr.strip().splitlines()
    assert str(tmp_path / "nowhere") in sentence
    assert "Traceback" not in ended.stderr


def test_it_draws_nothing_in_other_processes() -> None:
    with pytest.raises(RuntimeError, match="AURORA_HOSTS_MODEL=1"):
        host.wake()


def test_it_leaves_torch_out_of_the_web_process() -> None:
    script = "import sys; import aurora_site.asgi; import generation.tasks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0


def test_it_knows_the_workers_that_announced_themselves() -> None:
    workers.announce(name="a", model="aurora-1")
    workers.announce(name="b", model="aurora-1")
    workers.withdraw(name="b")
    assert workers.live_workers() == [workers.Worker("a", "aurora-1")]


def test_it_knows_their_pace_and_what_they_draw() -> None:
    workers.announce(name="a", model="aurora-1")
    workers.announce(name="a", model="aurora-1", rate=70.5, modes={"speed"}, sizes=["512x512"])
    (worker,) = workers.live_workers()
    assert worker == workers.Worker("a", "aurora-1", 70.5, frozenset({"speed"}), frozenset({"512x512"}))


def test_it_forgets_workers_that_fell_silent(monkeypatch) -> None:
    monkeypatch.setattr(workers, "EXPIRES_SECONDS", 0)
    workers.announce(name="a", model="aurora-1")
    monkeypatch.undo()
    workers.announce(name="b", model="aurora-1")
    assert [worker.name for worker in workers.live_workers()] == ["b"]
