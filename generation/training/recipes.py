"""What the transformer is trained with: sizes, grids, batches, rates. One recipe a kind of machine."""

from dataclasses import dataclass, field

from generation.aurora.layout import Facts
from generation.aurora.text import TextTokenizer
from generation.aurora.transformer import TransformerConfig
from generation.world.scene import SQUARE
from generation.world.sprites import drawable
from generation.world.vocabulary import THINGS, Thing, many_things


@dataclass(frozen=True)
class GridRecipe:
    """Pictures of one grid: how many a step, how often a step has them, how many scenes are kept as codes."""

    grid: tuple[int, int]
    batch: int
    often: float
    corpus: int
    from_step: int = 0


@dataclass(frozen=True)
class TransformerRecipe:
    sizes: dict[str, int] = field(default_factory=dict)  # fields of TransformerConfig
    n_merges: int = 1200
    many_things: bool = False
    grids: tuple[GridRecipe, ...] = (
        GridRecipe(SQUARE, 32, 1.0, 60_000),
        GridRecipe((16, 16), 8, 0.15, 6_000, from_step=3000),
        GridRecipe((17, 30), 4, 0.10, 3_000, from_step=3000),
    )
    quiet: float = 0.5  # share of steps without captions: they are half of the tokens, and the plan says all of it
    planned: int = 20  # captions a step that are planned but not drawn
    fresh_a_step: int = 8  # scenes rendered, encoded and added to the corpus each step until it is full
    first_scenes: int = 1024
    held_out: int = 256
    muon_lr: float = 0.015
    adam_lr: float = 2e-3
    disturb: float = 0.04  # share of input codes replaced, so that sampling mistakes can be lived with
    background: float = 0.35  # share of empty positions that the depth head sees
    balance_rate: float = 1e-3

    @property
    def things(self) -> tuple[Thing, ...]:
        return drawable(many_things()) if self.many_things else THINGS

    def config(self, words: TextTokenizer) -> TransformerConfig:
        facts = Facts(words.plan_words)
        return TransformerConfig(n_vocab=words.n_vocab, n_facts=facts.n_facts, n_parts=facts.n_parts, **self.sizes)


RECIPES = {
    "cpu": TransformerRecipe(),
    "gpu": TransformerRecipe(
        sizes={
            "d_model": 512, "n_layers": 8, "n_heads": 8, "d_dense": 1408, "d_expert": 256, "n_experts": 8,
            "d_depth": 320, "d_depth_ff": 640, "d_part": 48,
        },
        n_merges=2400,
        many_things=True,
        grids=(
            GridRecipe(SQUARE, 1024, 1.0, 400_000),
            GridRecipe((16, 16), 256, 0.4, 100_000, from_step=2000),
            GridRecipe((32, 32), 64, 0.3, 20_000, from_step=4000),
            GridRecipe((34, 60), 32, 0.2, 10_000, from_step=4000),
        ),
        planned=512,
        fresh_a_step=512,
        first_scenes=8192,
        held_out=1024,
    ),
}  # fmt: skip
