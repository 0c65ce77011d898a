"""A run on disk: it stops and resumes at any time, its decay is a branch, and several processes are one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from generation.training import distributed
from generation.training.average import follow
from generation.training.run import Run
from generation.training.saved import load_served

ROOT = Path(__file__).parents[2]
ENDLESS = """
import sys, time, torch
from pathlib import Path
from tests.model.test_run import linear
run = linear(Path(sys.argv[1]), minutes=60, checkpoint_seconds=0.2)
run.resume()
for step in run.steps():
    run.model(torch.ones(1, 2)).sum().backward()
    run.update()
    run.report(loss=1.0)
    time.sleep(0.01)
"""
ONE_OF_TWO = """
import sys
from pathlib import Path
from generation.training import distributed
from tests.model.test_run import learn
with distributed.start():
    learn(Path(sys.argv[1]))
"""


def linear(folder: Path, minutes: float = 5, **options: float) -> Run:
    model = nn.Linear(2, 2)
    return Run(folder, minutes, model, [torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)], **options)  # type: ignore[arg-type]


def go(run: Run, steps: int | None = None) -> list[float]:
    """Take the run's steps, or a few of them; the rates."""
    rates = []
    taken = run.steps()
    for step in taken:
        run.model(torch.tensor([[1.0, step % 3]])).square().sum().backward()
        rates.append(run.optimizers[0].param_groups[0]["lr"])
        run.update()
        if len(rates) == steps:
            taken.close()  # type: ignore[attr-defined]
    return rates


def saved(folder: Path) -> dict:
    return torch.load(folder / "checkpoint.pt", weights_only=True)


def equal(some: dict[str, Tensor], others: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, others[name]) for name, value in some.items())


def test_only_a_new_run_warms_up(tmp_path: Path):
    rates = go(linear(tmp_path, most_steps=40))
    assert rates[0] < rates[1] < rates[2] < rates[3] == pytest.approx(0.1)
    later = linear(tmp_path, most_steps=4)
    later.resume()
    assert go(later) == pytest.approx([0.1] * 4)


def test_it_resumes_where_it_stopped(tmp_path: Path):
    go(linear(tmp_path, most_steps=6))
    run = linear(tmp_path, most_steps=3)
    assert run.resume()
    assert run.step == 6
    assert equal(run.model.state_dict(), saved(tmp_path)["model"])
    go(run)
    assert saved(tmp_path)["step"] == 9


def test_the_rate_decays_to_nothing_and_the_trunk_stays(tmp_path: Path):
    run = linear(tmp_path, most_steps=20, decay=0.5)
    rates = go(run)
    assert rates[10:] == pytest.approx([0.1 * (20 - step) / 10 for step in range(10, 20)])
    after = saved(tmp_path)
    assert after["step"] == 10 and "branch" not in after
    assert after["served"]["step"] == 20 and after["served"]["decayed"]
    assert not equal(after["model"], run.model.state_dict())
    assert equal(after["served"]["weights"], run.ema)
    resumed = linear(tmp_path)
    resumed.resume()
    assert resumed.step == 10 and not resumed.decaying


def test_a_decay_that_was_cut_off_is_finished(tmp_path: Path):
    rates = go(linear(tmp_path, most_steps=20, decay=0.5), steps=16)
    between = saved(tmp_path)
    assert (between["step"], between["branch"]["step"]) == (10, 15)
    rest = linear(tmp_path, most_steps=5, decay=0.5)
    rest.resume()
    assert rest.step == 15 and rest._cycle_seconds < 300 * 0.3
    later = go(rest)
    assert later == pytest.approx([rates[-1] * (5 - step) / 5 for step in range(5)], rel=1e-3)
    after = saved(tmp_path)
    assert after["step"] == 10 and "branch" not in after and after["served"]["step"] == 20


def test_a_decay_that_was_cut_off_may_be_given_up(tmp_path: Path):
    go(linear(tmp_path, most_steps=20, decay=0.5), steps=16)
    run = linear(tmp_path, most_steps=2)
    run.resume()
    assert run.step == 10
    go(run)
    assert saved(tmp_path)["step"] == 12 and "branch" not in saved(tmp_path)


def test_the_newest_average_serves_before_a_decay(tmp_path: Path):
    run = linear(tmp_path, most_steps=4)
    assert run.offer(1.0, "scenes")
    go(run)
    assert equal(load_served(run.checkpoint)["weights"], run.ema)
    assert run.offer(1.5, "scenes")


def test_the_best_decayed_weights_serve(tmp_path: Path):
    run = linear(tmp_path, most_steps=4, decay=0.5)
    go(run)
    assert run.offer(1.0, "scenes")
    best = {name: value.clone() for name, value in run.ema.items()}
    later = linear(tmp_path, most_steps=4, decay=0.5)
    later.resume()
    go(later)
    assert not later.offer(1.5, "scenes")
    assert equal(load_served(run.checkpoint)["weights"], best) and not equal(later.ema, best)
    assert later.offer(1.5, "own pictures")
    assert equal(load_served(run.checkpoint)["weights"], later.ema)


@pytest.mark.parametrize("steps", [None, 16])
def test_it_goes_on_from_what_serves(tmp_path: Path, steps: int | None):
    go(linear(tmp_path, most_steps=20, decay=0.5), steps)
    run = linear(tmp_path, decay=0.5)
    run.resume()
    run.adopt_served()
    assert not run.decaying and run._cycle_seconds == 300
    assert equal(run.model.state_dict(), load_served(run.checkpoint)["weights"])
    assert equal(run.ema, run.model.state_dict())


def test_checkpoints_of_before_there_was_a_branch_resume_and_serve(tmp_path: Path):
    run = linear(tmp_path, most_steps=3)
    go(run)
    old = {key: saved(tmp_path)[key] for key in ("model", "ema", "optimizers", "step", "trained_seconds")}
    torch.save(old, run.checkpoint)
    assert equal(load_served(run.checkpoint)["weights"], run.ema)
    again = linear(tmp_path, most_steps=2)
    assert again.resume()
    go(again)
    assert saved(tmp_path)["step"] == 5


def test_the_average_forgets_the_start_and_follows_the_run():
    average = {"weight": torch.zeros(1), "count": torch.tensor(0)}
    for step in range(1, 1001):
        follow(average, {"weight": torch.tensor([float(step)]), "count": torch.tensor(step)}, step)
    assert 850 < float(average["weight"]) < 950
    assert int(average["count"]) == 1000


def test_a_step_that_is_not_finite_is_left_out(tmp_path: Path):
    run = linear(tmp_path)
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    (run.model(torch.ones(1, 2)).sum() * float("nan")).backward()
    run.update()
    assert equal(run.model.state_dict(), before)


def test_it_tells_its_pace_and_draws_its_curve(tmp_path: Path):
    run = linear(tmp_path, most_steps=6, decay=0.5)
    for _ in run.steps():
        loss = run.counted(lambda: run.model(torch.ones(1, 2)).square().sum())
        loss.backward()
        run.update()
        run.report(loss=loss.item(), **run.pace("rows_s", 1))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(6))
    assert all(line["rows_s"] > 0 and 0 <= line["of_peak"] < 1 for line in lines)
    assert [line.get("decaying", False) for line in lines] == [False] * 3 + [True] * 3
    assert (tmp_path / "curve.png").stat().st_size > 0


def _start(folder: Path) -> subprocess.Popen[bytes]:
    """A run without end in a process of its own, after its first checkpoint."""
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(folder)], cwd=ROOT, stderr=subprocess.DEVNULL)
    begun = time.monotonic()
    while not (folder / "curve.png").exists():
        assert process.poll() is None and time.monotonic() - begun < 60
        time.sleep(0.05)
    time.sleep(0.5)
    return process


def _last_step(folder: Path) -> int:
    return json.loads((folder / "log.jsonl").read_text().splitlines()[-1])["step"]


def test_a_killed_run_loses_no_more_than_a_checkpoint_interval(tmp_path: Path):
    process = _start(tmp_path)
    process.kill()
    process.wait()
    kept = saved(tmp_path)["step"]
    assert 0 < kept <= _last_step(tmp_path) + 1
    lost = [json.loads(line)["seconds"] for line in (tmp_path / "log.jsonl").read_text().splitlines()[kept:]]
    assert not lost or lost[-1] - lost[0] < 5  # the interval is 0.2 s; the rest is a busy machine
    run = linear(tmp_path)
    run.resume()
    assert run.step == kept


def test_a_run_told_to_stop_loses_nothing(tmp_path: Path):
    process = _start(tmp_path)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) != 0
    assert saved(tmp_path)["step"] == _last_step(tmp_path) + 1


def test_ctrl_c_finishes_the_step_in_hand(tmp_path: Path):
    run = linear(tmp_path)
    steps = run.steps()
    for _ in range(4):
        next(steps)
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        next(steps)
    assert saved(tmp_path)["step"] == 4
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def learn(folder: Path) -> None:
    """Five steps of a small net, each process on its share of a batch of eight rows."""
    with distributed.first_alone():
        folder.mkdir(exist_ok=True)
        there = (folder / "words.txt").exists()
        (folder / "words.txt").write_text("learned once")
    assert there != distributed.is_first()
    torch.manual_seed(distributed.rank())  # only the first one's weights count
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    model.register_parameter("idle", nn.Parameter(torch.zeros(3)))
    run = Run(folder, 5, model, [torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)], most_steps=5)
    for step in run.steps():
        rows = torch.randn(8, 4, generator=torch.Generator().manual_seed(step))
        mine = rows.chunk(distributed.world_size())[distributed.rank()]
        (model(mine) - mine.sum(1, keepdim=True)).square().mean().backward()
        run.update()
    assert float(distributed.sum_over_ranks(torch.ones(()))) == distributed.world_size()
    torch.save(model.state_dict(), folder / f"rank-{distributed.rank()}.pt")


def test_two_processes_learn_as_one_does_on_the_joined_batch(tmp_path: Path):
    (tmp_path / "one.py").write_text(ONE_OF_TWO)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    told = [*torchrun, str(tmp_path / "one.py"), str(tmp_path)]
    done = subprocess.run(told, env=environment, check=False, timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    learn(tmp_path / "alone")
    first, second = (torch.load(tmp_path / f"rank-{rank}.pt") for rank in range(2))
    alone = torch.load(tmp_path / "alone" / "rank-0.pt")
    assert equal(first, second)
    for name, value in alone.items():
        torch.testing.assert_close(first[name], value, atol=1e-5, rtol=0)
    assert saved(tmp_path)["step"] == 5


def test_turns_are_numbered_without_gaps():
    assert [distributed.turn(step) for step in range(3)] == [0, 1, 2]
