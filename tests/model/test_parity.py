"""The body gives what a `Glm4MoeModel` of transformers gives with the same weights."""

from copy import deepcopy
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora import checkpoint, fsq
from generation.aurora.batch import Brief, draw
from generation.aurora.peers import Glm4Rotary, draw_on, glm4_config, glm4_state, run_on
from generation.aurora.plan import Plan, PlannedGroup
from generation.aurora.planning import Planner
from generation.aurora.prefix import Sampling
from generation.aurora.stepping import EagerStep
from generation.aurora.text import TextTokenizer
from generation.aurora.transformer import Transformer, causal_mask, image_coords, prompt_coords

GRID = (2, 3)
VALID_BT = torch.tensor([[True] * 7, [False] * 3 + [True] * 4])


@pytest.fixture(scope="module")
def transformers() -> ModuleType:
    return pytest.importorskip("transformers", reason="transformers is not installed: see requirements-dev.txt")


@pytest.fixture(scope="module", params=["random", "shipped"])
def ours(request: pytest.FixtureRequest, transformer: Transformer) -> Transformer:
    return _stirred(transformer) if request.param == "random" else checkpoint.load().transformer


@pytest.fixture(scope="module")
def theirs(transformers: ModuleType, ours: Transformer) -> Any:
    peer = transformers.Glm4MoeModel(transformers.Glm4MoeConfig(**glm4_config(ours.config)))
    peer.load_state_dict(glm4_state(ours))
    peer.rotary_emb = Glm4Rotary(ours.config.d_head)
    return peer.eval()


def _stirred(model: Transformer) -> Transformer:
    """No norm and no bias of choice is left at its neutral value, so that none can be mistaken or left out."""
    model = deepcopy(model)
    for tensor in model.state_dict().values():
        if tensor.ndim == 1:
            tensor.add_(torch.randn_like(tensor), alpha=0.3)
    return model


def _padded_stream(d_model: int) -> tuple[Tensor, Tensor, Tensor]:
    """Vectors, coordinates and mask of a long and a left-padded prompt with the positions of a picture after them."""
    count = GRID[0] * GRID[1]
    x_BTD = torch.randn(2, VALID_BT.shape[1] + count, d_model, generator=torch.Generator().manual_seed(0))
    x_BTD *= 0.03  # so small that what the norms add under the root matters
    coords = torch.cat([prompt_coords(VALID_BT), image_coords(VALID_BT.sum(-1), 0, count, GRID[1])], dim=1)
    return x_BTD, coords, causal_mask(F.pad(VALID_BT, (0, count), value=True))


def _logits(model: Transformer, body_ND: Tensor) -> Tensor:
    """What is predicted from the body's vectors: words, then A of four slots and B of the last."""
    before = torch.randint(0, fsq.N_B, (len(body_ND), 3, 2), generator=torch.Generator().manual_seed(1))
    slots = model.head(body_ND, before)
    words = F.linear(body_ND, model.text_embed.weight)
    b = model.head.logits_of_b(slots[:, -1], before[:, -1, 0])
    return torch.cat([words, model.head.a_logits(slots).flatten(1), b], dim=1)


@torch.inference_mode()
def test_it_gives_the_same_vectors_and_logits_in_both(ours: Transformer, theirs: Any):
    stream = _padded_stream(ours.config.d_model)
    one, two = (each.flatten(0, 1) for each in (ours(*stream), run_on(theirs, *stream)))
    assert one.std() > 0.1
    assert torch.allclose(one, two, atol=1e-4)
    assert torch.allclose(_logits(ours, one), _logits(ours, two), atol=1e-4)


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_it_draws_the_same_codes_on_both(
    transformers: ModuleType, ours: Transformer, theirs: Any, words: TextTokenizer, temperature: float
):
    shipped = checkpoint.load()
    planner = Planner(ours, shipped.text if ours.config.n_vocab == shipped.text.n_vocab else words)
    plan = Plan("render", "plain", ("white",), groups=(PlannedGroup("apple", "", 2, ((0, 1),)),))
    sampling = Sampling(guidance=2.0, temperature=temperature)
    briefs = [Brief(planner.words.encode("a red apple"), GRID, seed, sampling, plan) for seed in range(2)]
    on_ours = draw(EagerStep(ours, kv_rows=4, longest=400), planner, briefs)
    on_theirs = draw_on(theirs, transformers.DynamicCache(config=theirs.config), planner, briefs)
    assert torch.equal(on_ours, on_theirs)
    assert on_ours.shape == (2, 6, 4, 2) and len(on_ours.unique()) > 1
