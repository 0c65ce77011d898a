import torch
import torch.nn.functional as F
from torch import Tensor

from generation.aurora.decoding import Sampling, Stream, draw, pad_left, prompt_tokens
from generation.aurora.moe import MoE
from generation.aurora.text import TextTokenizer
from generation.aurora.transformer import (
    KVCache,
    Transformer,
    causal_mask,
    image_coords,
    prompt_coords,
)

GRID = (3, 4)


def _body(model: Transformer, prompts: list[list[int]], codes_BP42: Tensor) -> Tensor:
    """Vectors of the whole sequence at once, without a cache."""
    tokens, valid = pad_left(prompts)
    count = codes_BP42.shape[1]
    x = torch.cat([model.embed_prompt(tokens, GRID), model.embed_codes(codes_BP42, 0, GRID)], dim=1)
    coords = torch.cat([prompt_coords(valid), image_coords(valid.sum(-1), 0, count, GRID[1])], dim=1)
    return model(x, coords, causal_mask(F.pad(valid, (0, count), value=True)))


def _codes(batch: int, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    a = torch.randint(0, 512, (batch, count, 4), generator=generator)
    b = torch.randint(0, 125, (batch, count, 4), generator=generator)
    return torch.stack([a, b], dim=-1)


@torch.inference_mode()
def test_it_decodes_with_a_cache_as_without(transformer: Transformer, words: TextTokenizer):
    prompts = [prompt_tokens(words.encode("a red apple")), prompt_tokens(None)]
    codes = _codes(2, 5)
    whole = _body(transformer, prompts, codes)
    tokens, valid = pad_left(prompts)
    cache = KVCache(transformer.config, 2, tokens.shape[1] + 5, valid)
    transformer(transformer.embed_prompt(tokens, GRID), prompt_coords(valid), causal_mask(valid), cache)
    for position in range(5):
        x = transformer.embed_codes(codes[:, position : position + 1], position, GRID)
        mask = cache.valid_BT[:, None, None, : cache.length + 1]
        step = transformer(x, image_coords(valid.sum(-1), position, 1, GRID[1]), mask, cache)
        assert torch.allclose(step[:, 0], whole[:, tokens.shape[1] + position], atol=1e-4)


@torch.inference_mode()
def test_it_does_not_look_ahead(transformer: Transformer, words: TextTokenizer):
    prompts = [prompt_tokens(words.encode("a blue sky"))]
    codes, other = _codes(1, 6), _codes(1, 6)
    other[:, 3:] = (other[:, 3:] + 1) % 125
    before = len(prompts[0]) + 3
    one, two = (_body(transformer, prompts, each)[:, :before] for each in (codes, other))
    assert torch.allclose(one, two, atol=1e-4)


@torch.inference_mode()
def test_it_is_blind_to_padding(transformer: Transformer, words: TextTokenizer):
    short, long = prompt_tokens(words.encode("a")), prompt_tokens(words.encode("a red apple on the left"))
    codes = _codes(1, 4)
    alone = _body(transformer, [short], codes)[0, -1]
    padded = _body(transformer, [short, long], codes.repeat(2, 1, 1, 1))[0, -1]
    assert torch.allclose(alone, padded, atol=1e-4)


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


def test_it_balances_idle_experts_upwards():
    moe = MoE(d_model=16, d_ff=8, n_experts=4, top_k=2).train()
    torch.nn.init.normal_(moe.w13_E2FD)
    torch.nn.init.normal_(moe.w2_EDF)
    moe.choice_bias_E[0] = -100
    moe(torch.randn(64, 16))
    violation, dead = moe.balance(0.01)
    assert dead == 1 and violation > 0
    assert moe.choice_bias_E[0] > -100 and not moe.load_E.any()


def test_it_draws_the_same_codes_from_the_same_seed(transformer: Transformer, words: TextTokenizer):
    tokens = words.encode("a red apple")
    once = torch.stack(list(draw(transformer, tokens, GRID, [7], Sampling())))
    again = torch.stack(list(draw(transformer, tokens, GRID, [7], Sampling())))
    other = torch.stack(list(draw(transformer, tokens, GRID, [8], Sampling())))
    assert once.shape == (12, 1, 4, 2)
    assert torch.equal(once, again) and not torch.equal(once, other)


def test_it_gives_each_picture_its_own_random_numbers(transformer: Transformer, words: TextTokenizer):
    alone = torch.stack(list(draw(transformer, words.encode("a"), GRID, [5], Sampling())))
    among = torch.stack(list(draw(transformer, words.encode("a"), GRID, [4, 5, 6], Sampling())))
    assert torch.equal(alone[:, 0], among[:, 1])
    assert torch.equal(Stream(3).exponential(), Stream(3).exponential())


def test_it_follows_the_prompt_only_when_guided_or_conditioned(transformer: Transformer, words: TextTokenizer):
    greedy = Sampling(guidance=0, temperature=0)
    red = torch.stack(list(draw(transformer, words.encode("a red apple"), GRID, [0], greedy)))
    blue = torch.stack(list(draw(transformer, words.encode("a blue sky"), GRID, [0], greedy)))
    assert torch.equal(red, blue)
