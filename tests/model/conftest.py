"""Small models with random weights: what is tested here is the maths, not the drawing."""

import pytest
import torch

from generation.aurora.layout import Facts
from generation.aurora.planning import Planner
from generation.aurora.text import TextTokenizer, learn
from generation.aurora.tokenizer import Tokenizer, TokenizerConfig
from generation.aurora.transformer import Transformer, TransformerConfig
from generation.training.layout import plan_words
from generation.world.vocabulary import THINGS


@pytest.fixture(scope="session")
def words() -> TextTokenizer:
    return learn(["a red apple on the left", "a blue sky over green grass"] * 3, 40, plan_words(THINGS))


@pytest.fixture(scope="session")
def transformer(words: TextTokenizer) -> Transformer:
    """Random, with outputs that are not zero, so that every part of it matters."""
    torch.manual_seed(0)
    facts = Facts(words.plan_words)
    config = TransformerConfig(
        n_vocab=words.n_vocab, d_model=64, n_layers=3, n_heads=2, n_kv_heads=1, d_head=32,
        n_facts=facts.n_facts, n_parts=facts.n_parts, d_part=8,
    )  # fmt: skip
    model = Transformer(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1 and not parameter.any():
                parameter.normal_(std=0.1)
    return model


@pytest.fixture(scope="session")
def planner(transformer: Transformer, words: TextTokenizer) -> Planner:
    return Planner(transformer, words)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    torch.manual_seed(0)
    return Tokenizer(TokenizerConfig(widths=(16, 32, 32), x2_width=8)).eval()
