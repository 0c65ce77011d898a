import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora.moe import MoE
from generation.aurora.plan import Plan, PlannedGroup
from generation.aurora.planning import Planner
from generation.aurora.prefix import Prefix, pad_left
from generation.aurora.text import TextTokenizer
from generation.aurora.transformer import (
    KVCache,
    Transformer,
    causal_mask,
    image_coords,
    prompt_coords,
    reference_coords,
)

GRID = (3, 4)
APPLE = Plan("render", "plain", ("white",), groups=(PlannedGroup("apple", "", 2, ((1, 1),)),))


def _layout(model: Transformer, prefixes: list[Prefix]) -> Tensor:
    return model.layout(
        torch.stack([prefix.facts_PF for prefix in prefixes]), torch.stack([prefix.parts_P for prefix in prefixes])
    )


def _body(model: Transformer, prefixes: list[Prefix], codes_BP42: Tensor) -> Tensor:
    """Vectors of the whole sequence at once, without a cache."""
    tokens, valid = pad_left([prefix.tokens for prefix in prefixes])
    layout = _layout(model, prefixes)
    count = codes_BP42.shape[1]
    x = torch.cat([model.embed_prompt(tokens, GRID, layout), model.embed_codes(codes_BP42, 0, GRID, layout)], dim=1)
    coords = torch.cat([prompt_coords(valid), image_coords(valid.sum(-1), 0, count, GRID[1])], dim=1)
    return model(x, coords, causal_mask(F.pad(valid, (0, count), value=True)))


def _codes(batch: int, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    a = torch.randint(0, 512, (batch, count, 4), generator=generator)
    b = torch.randint(0, 125, (batch, count, 4), generator=generator)
    return torch.stack([a, b], dim=-1)


@torch.inference_mode()
def test_it_decodes_with_a_cache_as_without(transformer: Transformer, planner: Planner, words: TextTokenizer):
    prefixes = [planner.prefix(words.encode("a red apple"), APPLE, GRID), planner.bare(GRID)]
    codes = _codes(2, 5)
    whole = _body(transformer, prefixes, codes)
    tokens, valid = pad_left([prefix.tokens for prefix in prefixes])
    layout = _layout(transformer, prefixes)
    cache = KVCache(transformer.config, 2, tokens.shape[1] + 5, valid)
    transformer(transformer.embed_prompt(tokens, GRID, layout), prompt_coords(valid), causal_mask(valid), cache)
    for position in range(5):
        x = transformer.embed_codes(codes[:, position : position + 1], position, GRID, layout)
        mask = cache.valid_BT[:, None, None, : cache.length + 1]
        step = transformer(x, image_coords(valid.sum(-1), position, 1, GRID[1]), mask, cache)
        assert torch.allclose(step[:, 0], whole[:, tokens.shape[1] + position], atol=1e-4)


@torch.inference_mode()
def test_it_does_not_look_ahead(transformer: Transformer, planner: Planner, words: TextTokenizer):
    prefixes = [planner.prefix(words.encode("a blue sky"), APPLE, GRID)]
    codes, other = _codes(1, 6), _codes(1, 6)
    other[:, 3:] = (other[:, 3:] + 1) % 125
    before = len(prefixes[0].tokens) + 3
    one, two = (_body(transformer, prefixes, each)[:, :before] for each in (codes, other))
    assert torch.allclose(one, two, atol=1e-4)


@torch.inference_mode()
def test_it_is_blind_to_padding(transformer: Transformer, planner: Planner, words: TextTokenizer):
    short, long = (planner.prefix(words.encode(said), APPLE, GRID) for said in ("a", "a red apple on the left"))
    codes = _codes(1, 4)
    alone = _body(transformer, [short], codes)[0, -1]
    padded = _body(transformer, [short, long], codes.repeat(2, 1, 1, 1))[0, -1]
    assert torch.allclose(alone, padded, atol=1e-4)


@torch.inference_mode()
def test_it_sees_the_plan_at_its_place_only(transformer: Transformer, planner: Planner):
    nothing, planned = planner.bare(GRID), planner.prefix(None, APPLE, GRID)
    bare, told = _layout(transformer, [nothing])[0], _layout(transformer, [planned])[0]
    assert not bare.any()
    style_only = told[0]
    apple = [1 * GRID[1] + 1, 1 * GRID[1] + 2, 2 * GRID[1] + 1, 2 * GRID[1] + 2]
    for position in range(GRID[0] * GRID[1]):
        assert torch.allclose(told[position], style_only, atol=1e-6) == (position not in apple)


@torch.inference_mode()
def test_it_takes_a_control_picture(transformer: Transformer):
    control = torch.rand(2, 3, GRID[0] * 32, GRID[1] * 32)
    vectors = transformer.control(control)
    assert vectors.shape == (2, GRID[0] * GRID[1], transformer.config.d_model)
    fresh = Transformer(transformer.config).eval()
    assert not fresh.control(control).any(), "untrained, a control changes nothing"


@torch.inference_mode()
def test_it_takes_a_reference_before_the_prompt(transformer: Transformer, planner: Planner, words: TextTokenizer):
    prefix = planner.prefix(words.encode("a red apple"), None, GRID)
    tokens, valid = pad_left([prefix.tokens])
    prompt = transformer.embed_prompt(tokens, GRID, _layout(transformer, [prefix]))
    ends = []
    for kind in ("style", "subject"):
        reference = transformer.embed_reference(_codes(1, 4), kind)
        coords = torch.cat([reference_coords(4, 2, 0)[None], prompt_coords(valid)], dim=1)
        mask = causal_mask(F.pad(valid, (4, 0), value=True))
        ends.append(transformer(torch.cat([reference, prompt], dim=1), coords, mask)[0, -1])
    assert not torch.allclose(ends[0], ends[1], atol=1e-4)


def test_it_routes_as_a_dense_sum_over_chosen_experts():
    torch.manual_seed(0)
    moe = MoE(d_model=16, d_ff=8, n_experts=4, top_k=2).eval()
    torch.nn.init.normal_(moe.w13_E2FD)
    torch.nn.init.normal_(moe.w2_EDF)
    x = torch.randn(5, 16)
    ids, weights = moe.route(x)
    expected = moe.shared(x)
    for token in range(5):
        for expert, weight in zip(ids[token].tolist(), weights[token], strict=True):
            gate, up = moe.w13_E2FD[expert] @ x[token]
            expected[token] = expected[token] + weight * (moe.w2_EDF[expert] @ (F.silu(gate) * up))
    assert torch.allclose(moe(x), expected, atol=1e-5)


def test_it_groups_experts_as_it_takes_them_one_by_one():
    torch.manual_seed(0)
    moe = MoE(d_model=64, d_ff=32, n_experts=4, top_k=2)
    torch.nn.init.normal_(moe.w13_E2FD, std=0.1)
    torch.nn.init.normal_(moe.w2_EDF, std=0.1)
    x, sizes = torch.randn(40, 64, requires_grad=True), torch.tensor([10, 0, 25, 5])
    grouped, single = moe._grouped(x, sizes), moe._one_by_one(x, sizes)
    assert torch.allclose(grouped.float(), single, atol=0.02)
    grouped.float().sum().backward()
    assert x.grad is not None and x.grad.isfinite().all()


def test_it_balances_idle_experts_upwards():
    moe = MoE(d_model=16, d_ff=8, n_experts=4, top_k=2).train()
    torch.nn.init.normal_(moe.w13_E2FD)
    torch.nn.init.normal_(moe.w2_EDF)
    moe.choice_bias_E[0] = -100
    moe(torch.randn(64, 16))
    violation, dead = moe.balance(0.01)
    assert dead == 1 and violation > 0
    assert moe.choice_bias_E[0] > -100 and not moe.load_E.any()
