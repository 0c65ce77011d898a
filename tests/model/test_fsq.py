import pytest
import torch
from torch import Tensor

from generation.aurora import fsq

N_CODES = fsq.N_A * fsq.N_B


@pytest.fixture(scope="module")
def every_code() -> Tensor:
    """Factors (64000, 2) of all codes."""
    return torch.cartesian_prod(torch.arange(fsq.N_A), torch.arange(fsq.N_B))


def _as_picture(coords_N6: Tensor) -> Tensor:
    return coords_N6.T[None, :, :, None]


def _from_picture(q_1CN1: Tensor) -> Tensor:
    return q_1CN1[0, :, :, 0].T


def test_it_gives_every_code_numbers_of_its_own_and_takes_them_back(every_code: Tensor):
    coords_N6 = fsq.to_coords(every_code)
    assert len(coords_N6.unique(dim=0)) == N_CODES == 64_000
    assert torch.equal(fsq.to_factors(_as_picture(coords_N6))[0, :, 0], every_code)


def test_it_spreads_the_levels_of_each_number_evenly_from_minus_one_to_one(every_code: Tensor):
    for number, levels in zip(fsq.to_coords(every_code).T, fsq.LEVELS, strict=True):
        assert torch.allclose(number.unique(), torch.linspace(-1, 1, levels))


def test_it_tells_the_first_three_numbers_by_a_and_the_last_three_by_b():
    one, other_a, other_b = fsq.to_coords(torch.tensor([[100, 50], [411, 50], [100, 74]]))
    assert torch.equal(one[3:], other_a[3:]) and not torch.equal(one[:3], other_a[:3])
    assert torch.equal(one[:3], other_b[:3]) and not torch.equal(one[3:], other_b[3:])


def test_it_quantizes_to_the_nearest_level_and_reaches_all_of_them():
    z = torch.linspace(-6, 6, 2001)[None, None, :, None].expand(1, 6, -1, 1)
    bounded, quantized = _from_picture(fsq.bound(z)), _from_picture(fsq.quantize(z))
    for number, levels in enumerate(fsq.LEVELS):
        level_L = torch.linspace(-1, 1, levels)
        nearest = (bounded[:, number, None] - level_L).abs().amin(-1)
        assert torch.allclose((bounded - quantized)[:, number].abs(), nearest, atol=1e-6)
        assert len(quantized[:, number].mul(1000).round().unique()) == levels


def test_it_keeps_a_code_when_it_quantizes_again(every_code: Tensor):
    coords_N6 = fsq.to_coords(every_code)
    z_N6 = torch.logit((coords_N6.clamp(-0.99, 0.99) + 1) / 2) / 1.6  # what the bound takes to these numbers
    again = fsq.quantize(_as_picture(z_N6))
    assert torch.allclose(_from_picture(again), coords_N6, atol=1e-5)
    assert torch.equal(fsq.to_factors(again)[0, :, 0], every_code)


def test_it_lets_the_gradient_through_the_rounding():
    z = torch.randn(1, 6, 4, 4, requires_grad=True)
    fsq.quantize(z).sum().backward()
    straight = torch.autograd.grad(fsq.bound(z).sum(), z)[0]
    assert z.grad is not None and torch.equal(z.grad, straight) and z.grad.abs().min() > 0
