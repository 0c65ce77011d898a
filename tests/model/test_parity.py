"""The body gives what a `Glm4MoeModel` of transformers gives with the same weights."""

from copy import deepcopy
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora import checkpoint, fsq, text
from generation.aurora.prefix import Prefix, Sampling, draw, prompt_tokens
from generation.aurora.peers import Glm4Rotary, glm4_config, glm4_state
from generation.aurora.transformer import KVCache, Transformer, causal_mask, image_coords, prompt_coords

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


def _run(peer: Any, x_BTD: Tensor, coords_BT3: Tensor, mask: Tensor, memory: Any = None) -> Tensor:
    outputs = peer(
        inputs_embeds=x_BTD, position_ids=coords_BT3, attention_mask=mask, cache=memory, use_cache=memory is not None
    )
    return outputs.last_hidden_state


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
    one, two = (each.flatten(0, 1) for each in (ours(*stream), _run(theirs, *stream)))
    assert one.std() > 0.1
    assert torch.allclose(one, two, atol=1e-4)
    assert torch.allclose(_logits(ours, one), _logits(ours, two), atol=1e-4)


@torch.inference_mode()
def test_it_draws_the_same_codes_on_both(
    monkeypatch: pytest.MonkeyPatch, transformers: ModuleType, ours: Transformer, theirs: Any
):
    nothing = torch.zeros(GRID[0] * GRID[1], 1, dtype=torch.long)
    caption = [text.N_SPECIAL + byte for byte in b" a red apple"]
    prompt, bare = (Prefix(prompt_tokens(words), nothing, nothing[:, 0]) for words in (caption, None))

    def codes() -> Tensor:
        greedy = Sampling(guidance=2.0, temperature=0)
        return torch.stack(list(draw(ours, [prompt], bare, GRID, seeds=[0], sampling=greedy)))

    def forward(x_BTD: Tensor, coords_BT3: Tensor, mask: Tensor, cache: KVCache) -> Tensor:
        """Our decoding on their body with their cache; ours only counts."""
        cache.length += x_BTD.shape[1]
        steps.append(x_BTD.shape[1])
        return _run(theirs, x_BTD, coords_BT3, mask, memory)

    on_ours = codes()
    steps: list[int] = []
    memory = transformers.DynamicCache(config=theirs.config)
    monkeypatch.setattr(ours, "forward", forward)
    assert torch.equal(codes(), on_ours)
    assert len(steps) == len(on_ours) == 6
    assert len(on_ours.unique()) > 1
