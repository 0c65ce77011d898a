"""Small models with random weights: what is tested here is the maths, not the drawing."""

import pytest
import torch

from generation.aurora.text import TextTokenizer, learn
from generation.aurora.tokenizer import Tokenizer, TokenizerConfig
from generation.aurora.transformer import Transformer, TransformerConfig


@pytest.fixture(scope="session")
def words() -> TextTokenizer:
    return learn(["a red apple on the left", "a blue sky over green grass"] * 3, 40)


@pytest.fixture(scope="session")
def transformer(words: TextTokenizer) -> Transformer:
    """Random, with outputs that are not zero, so that every part of it matters."""
    torch.manual_seed(0)
    config = TransformerConfig(n_vocab=words.n_vocab, d_model=64, n_layers=3, n_heads=2, n_kv_heads=1, d_head=32)
    model = Transformer(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1 and not parameter.any():
                parameter.normal_(std=0.1)
    return model


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    torch.manual_seed(0)
    return Tokenizer(TokenizerConfig(widths=(16, 32, 32), x2_width=8)).eval()
