import pytest
import torch

from generation.aurora import fsq
from generation.aurora.haar import haar, inverse_haar
from generation.aurora.tokenizer import Tokenizer


def test_it_inverts_haar_exactly():
    picture = torch.rand(2, 3, 32, 64)
    assert torch.allclose(inverse_haar(haar(picture)), picture, atol=1e-6)


def test_it_keeps_the_energy_in_haar():
    picture = torch.rand(1, 3, 32, 32)
    assert torch.allclose(haar(picture).square().sum(), picture.square().sum(), rtol=1e-5)


def test_it_codes_and_draws_any_whole_number_of_positions(tokenizer: Tokenizer):
    codes = tokenizer.to_codes(torch.rand(1, 3, 64, 96))
    assert codes.shape == (1, 2, 3, 4, 2)
    assert tokenizer.to_image(codes).shape == (1, 3, 64, 96)
    assert tokenizer.to_image(codes, scale=2).shape == (1, 3, 128, 192)


def test_it_orders_the_codes_of_a_position_by_rows(tokenizer: Tokenizer):
    picture = torch.rand(1, 3, 64, 64)
    grid = fsq.to_factors(tokenizer.encode(picture))[0]
    codes = tokenizer.to_codes(picture)[0]
    assert torch.equal(codes[1, 0, 1], grid[2, 1])
    assert torch.equal(codes[0, 1, 2], grid[1, 2])


@pytest.mark.parametrize("scale", [1, 2])
def test_it_draws_the_same_pixels_folded(tokenizer: Tokenizer, scale: int):
    codes = tokenizer.to_codes(torch.rand(1, 3, 64, 96))
    folded = tokenizer.folded(torch.float32)
    assert torch.equal(folded.to_codes(torch.ones(1, 3, 32, 32)), tokenizer.to_codes(torch.ones(1, 3, 32, 32)))
    assert torch.allclose(folded.to_image(codes, scale=scale), tokenizer.to_image(codes, scale=scale), atol=1e-4)
    half = tokenizer.folded(torch.bfloat16).to_image(codes, scale=scale)
    assert (half - tokenizer.to_image(codes, scale=scale)).square().mean().sqrt() < 1 / 255
