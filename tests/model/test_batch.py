"""The running batch, on the eager step and on the fused one."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from generation.aurora import checkpoint
from generation.aurora.batch import Batch, Brief, Kept, draw
from generation.aurora.fused import FusedStep, NotBuilt, build
from generation.aurora.planning import Planner
from generation.aurora.prefix import Sampling
from generation.aurora.stepping import Choice, EagerStep, Rows, Step, choose, dials
from generation.aurora.transformer import Transformer

GRID = (3, 4)
SAMPLINGS = [Sampling(), Sampling(guidance=1.0), Sampling(temperature=0.0), Sampling(top_p=0.5)]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the fused step lies; skips where there is no compiler for it."""
    folder = tmp_path_factory.mktemp("fused")
    try:
        build.library(folder)
    except NotBuilt as error:
        pytest.skip(f"the fused step cannot be built: {error}")
    return folder


@pytest.fixture(params=["eager", "fused", "fused on 3 threads"])
def step(request: pytest.FixtureRequest, transformer: Transformer) -> Step:
    if request.param == "eager":
        return EagerStep(transformer, kv_rows=16, longest=400)
    threads = 3 if "3" in request.param else 1
    folder = request.getfixturevalue("built")
    return FusedStep(transformer, kv_rows=16, longest=400, threads=threads, folder=folder)


def brief(planner: Planner, seed: int, prompt: str = "a red apple", sampling: Sampling = SAMPLINGS[0]) -> Brief:
    return Brief(planner.words.encode(prompt), GRID, seed, sampling)


def test_a_seed_gives_the_same_codes_alone_and_among_seven_others(step: Step, planner: Planner):
    alone = draw(step, planner, [brief(planner, 7)])[0]
    others = [brief(planner, seed, "a blue sky over green grass " * seed, SAMPLINGS[seed % 4]) for seed in range(7)]
    among = draw(step, planner, [*others[:3], brief(planner, 7), *others[3:]])
    assert torch.equal(alone, among[3])
    assert not torch.equal(among[0], among[1])


def test_pictures_join_and_leave_at_any_step(step: Step, planner: Planner):
    expected = {seed: draw(step, planner, [brief(planner, seed)])[0] for seed in (1, 2)}
    batch: Batch[int] = Batch(step, planner)
    codes: dict[int, list] = {1: [], 2: [], 3: []}
    batch.admit(1, brief(planner, 1))
    batch.admit(3, brief(planner, 3))
    for number in range(10_000):
        if number == 9:
            batch.admit(2, brief(planner, 2))
        if number == 11:
            batch.drop(3)
        for seed, codes_42 in batch.advance():
            codes[seed].append(codes_42)
        if not len(batch):
            break
    assert batch.free == 8
    for seed in (1, 2):
        assert torch.equal(torch.stack(codes[seed]), expected[seed])


@pytest.mark.parametrize("redrawn", [[11], [5, 6, 9], [0, 1, 11], list(range(4, 12)), list(range(12))])
def test_it_draws_only_what_does_not_stay(step: Step, planner: Planner, redrawn: list[int]):
    """With the seed that the picture was drawn with nothing changes, as each position sees all that stand before it."""
    whole = draw(step, planner, [brief(planner, 7)])[0]
    stays = torch.tensor([position not in redrawn for position in range(12)])
    scratched = torch.where(stays[:, None, None], whole, whole.flip(0))
    for seed in (7, 8):
        kept = Kept(scratched, stays)
        (again,) = draw(step, planner, [replace(brief(planner, seed), kept=kept)])
        assert torch.equal(again, whole[redrawn]) == (seed == 7)


def test_it_keeps_more_than_a_chunk(transformer: Transformer, planner: Planner):
    grid = (10, 12)
    step = EagerStep(transformer, kv_rows=2, longest=700)
    asked = replace(brief(planner, 7), grid=grid)
    whole = draw(step, planner, [asked])[0]
    stays = torch.ones(120, dtype=torch.bool)
    stays[[70, 119]] = False
    (again,) = draw(step, planner, [replace(asked, kept=Kept(whole, stays))])
    assert torch.equal(again, whole[[70, 119]])


def test_each_way_of_leading_changes_the_codes_and_those_of_no_other(step: Step, planner: Planner):
    avoided = planner.words.encode("green grass")
    plain = brief(planner, 7)
    told = [plain, *(replace(plain, sampling=Sampling(**way)) for way in ({"guidance": 4.0}, {"temperature": 0.5}))]
    told.append(replace(plain, avoided=avoided))
    together = draw(step, planner, told)
    assert torch.equal(together[0], draw(step, planner, [plain])[0])
    for number, one in enumerate(told[1:], 1):
        assert not torch.equal(together[number], together[0])
        assert torch.equal(together[number], draw(step, planner, [one])[0])


def test_it_says_what_is_too_long(step: Step, planner: Planner):
    batch: Batch[int] = Batch(step, planner)
    assert batch.fits(brief(planner, 1))
    assert not batch.fits(brief(planner, 1, "ж" * 300))
    assert not batch.fits(replace(brief(planner, 1), avoided=planner.words.encode("ж" * 300)))


def test_a_full_batch_admits_nobody(step: Step, planner: Planner):
    batch: Batch[int] = Batch(step, planner)
    for seed in range(8):
        batch.admit(seed, brief(planner, seed))
    with pytest.raises(IndexError):
        batch.admit(8, brief(planner, 8))
    assert sorted(batch.clear()) == list(range(8)) and batch.free == 8


@pytest.mark.parametrize("weights", ["random", "shipped"])
@torch.inference_mode()
def test_the_fused_step_is_equal_to_the_eager_one(weights: str, transformer: Transformer, built: Path):
    model = transformer if weights == "random" else checkpoint.load().transformer
    eager = EagerStep(model, kv_rows=8, longest=200)
    fused = FusedStep(model, kv_rows=8, longest=200, threads=2, folder=built)
    # Random weights are rounded by the fused step, shipped ones are in half precision already.
    tolerance = 2e-2 if weights == "random" else 1e-4
    random = torch.Generator().manual_seed(0)
    lengths = {0: 5, 3: 40, 5: 17}
    steps = [[(row, index) for row, length in lengths.items() for index in range(length)]]
    steps += [[(row, length + number) for row, length in lengths.items()] for number in range(20)]
    for places in steps:
        x_RD = torch.randn(len(places), model.config.d_model, generator=random)
        coords_R3 = torch.randint(0, 500, (len(places), 3), generator=random)
        rows = Rows(x_RD, [row for row, _ in places], [index for _, index in places], coords_R3)
        one, two = eager.body(rows), fused.body(rows)
        assert torch.allclose(one, two, atol=tolerance), (one - two).abs().max()
    if weights == "shipped":
        for _ in range(50):
            choice = Choice([0, 1, 0], [2, 1], SAMPLINGS[:2], torch.rand(2, 8, generator=random))
            body_RD = torch.randn(3, model.config.d_model, generator=random)
            assert torch.equal(eager.codes(body_RD, choice), fused.codes(body_RD, choice))


def test_the_fused_step_touches_no_memory_but_its_own(transformer: Transformer, built: Path):
    fused = FusedStep(transformer, kv_rows=2, longest=10, threads=1, folder=built)
    x_RD, coords_R3 = torch.zeros(1, transformer.config.d_model), torch.zeros(1, 3)
    for kv_row, index in ((2, 0), (-1, 0), (0, 10), (0, -1)):
        with pytest.raises(IndexError):
            fused.body(Rows(x_RD, [kv_row], [index], coords_R3))


def test_both_draw_the_same_pictures_with_the_shipped_weights(built: Path):
    loaded = checkpoint.load()
    planner = Planner(loaded.transformer, loaded.text)
    briefs = [brief(planner, seed, "a red apple under a blue sky", SAMPLINGS[seed]) for seed in range(4)]
    eager = EagerStep(loaded.transformer, kv_rows=8, longest=400)
    fused = FusedStep(loaded.transformer, kv_rows=8, longest=400, threads=1, folder=built)
    assert torch.equal(draw(eager, planner, briefs), draw(fused, planner, briefs))


def test_it_chooses_values_as_often_as_they_are_probable():
    logits_NV = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().repeat(20_000, 1)
    uniform_N = torch.rand(20_000, generator=torch.Generator().manual_seed(0))
    partners = torch.arange(20_000)

    def shares(**changes) -> torch.Tensor:
        told = dials([Sampling(guidance=1.0, temperature=1.0, **changes)]).repeat(20_000, 1)
        return torch.bincount(choose(logits_NV, partners, told, uniform_N), minlength=4) / 20_000

    assert torch.allclose(shares(top_p=1.0), torch.tensor([0.5, 0.3, 0.15, 0.05]), atol=0.015)
    assert torch.allclose(shares(top_p=0.8), torch.tensor([0.625, 0.375, 0.0, 0.0]), atol=0.015)


def test_guidance_leads_away_from_the_row_without_the_prompt():
    logits_RV = torch.tensor([[1.0, 1.1, 0.0], [0.0, 1.1, 0.0]])
    partners, uniform = torch.tensor([1]), torch.tensor([0.5])
    assert choose(logits_RV, partners, dials([Sampling(1.0, 0.0)]), uniform).tolist() == [1]
    assert choose(logits_RV, partners, dials([Sampling(3.0, 0.0)]), uniform).tolist() == [0]


def test_a_missing_compiler_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CXX", "/nowhere/c++")
    with pytest.raises(NotBuilt):
        build.library(tmp_path)
    assert list(tmp_path.iterdir()) == []
