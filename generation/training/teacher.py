"""Chooses what the transformer learns at a step: pictures of one grid, plans without pictures, own pictures."""

import random
from functools import partial
from pathlib import Path

from generation.aurora.layout import Facts
from generation.aurora.text import TextTokenizer
from generation.aurora.tokenizer import Tokenizer
from generation.aurora.transformer import Transformer
from generation.training import distributed
from generation.training.corpus import Corpus, OwnPictures
from generation.training.data import Pairs
from generation.training.examples import Examples
from generation.training.objective import losses, plan_losses
from generation.training.recipes import TransformerRecipe
from generation.world.sampling import sample_scene
from generation.world.scene import Scene

PLANNED_SEED = 1_000_000_000  # scenes from this seed on are only planned, never drawn


class Teacher:
    def __init__(
        self,
        folder: Path,
        recipe: TransformerRecipe,
        words: TextTokenizer,
        tokenizer: Tokenizer,
        data: Pairs | None = None,
    ) -> None:
        self.recipe, self.things = recipe, recipe.things
        self.own = OwnPictures(data, tokenizer) if data else None
        self.examples = Examples(words, Facts(words.plan_words))
        self.corpora = [
            Corpus(folder / f"corpus-{r.grid[0]}x{r.grid[1]}.pt", tokenizer, r.grid, limit=r.corpus, things=self.things)
            for r in recipe.grids
        ]

    def load(self) -> None:
        for corpus in self.corpora:
            corpus.load()

    def save(self) -> None:
        for corpus in self.corpora:
            if len(corpus):
                corpus.save()

    def teach(self, model: Transformer, turn: int) -> dict[str, float]:
        """Leave gradients of one step; returns figures to show. The turn decides what is learned."""
        rng = random.Random(turn)
        if self.own is not None and turn % 2:
            return self._teach_own(model, self.own, rng)
        return self._teach_world(model, turn, rng)

    def _teach_own(self, model: Transformer, own: OwnPictures, rng: random.Random) -> dict[str, float]:
        device = model.text_embed.weight.device
        captions, codes = own.sample(self.recipe.grids[0].batch, rng)
        found = losses(
            model,
            self.examples.of_captions(captions, own.grid, rng).to(device),
            codes.to(device),
            disturb=self.recipe.disturb,
            background=self.recipe.background,
        )
        found.total.backward()
        return found.figures()

    def _teach_world(self, model: Transformer, turn: int, rng: random.Random) -> dict[str, float]:
        device = model.text_embed.weight.device
        chosen = self._grid(turn // distributed.world_size(), rng)
        corpus, recipe = self.corpora[chosen], self.recipe.grids[chosen]
        share = recipe.batch / self.recipe.grids[0].batch
        corpus.grow(max(round(self.recipe.fresh_a_step * share), 1) if len(corpus) else self._first(chosen))
        crowded = rng.random() < 0.12
        count = recipe.batch // 2 if crowded else recipe.batch
        scenes, codes = corpus.sample(max(count, 1), rng, partial(_is_crowded, crowded))
        drawn = losses(
            model,
            self.examples.of_scenes(scenes, rng, quiet=rng.random() < self.recipe.quiet).to(device),
            codes.to(device),
            disturb=self.recipe.disturb,
            background=self.recipe.background,
        )
        drawn.total.backward()
        planned = self._plan(model, rng, recipe.grid)
        return drawn.figures() | {"plan": planned}

    def _grid(self, step: int, rng: random.Random) -> int:
        for number, recipe in reversed(list(enumerate(self.recipe.grids))):
            if step >= recipe.from_step and rng.random() < recipe.often:
                return number
        return 0

    def _first(self, chosen: int) -> int:
        return self.recipe.first_scenes if chosen == 0 else max(self.recipe.first_scenes // 8, 1)

    def _plan(self, model: Transformer, rng: random.Random, grid: tuple[int, int]) -> float:
        """Captions of about one length together, as padding costs as much as words."""
        long = rng.random() < 0.25
        count = max(self.recipe.planned // 4, 1) if long else self.recipe.planned
        kind = "crowd" if long else None
        first = PLANNED_SEED + rng.randrange(500_000_000)
        scenes = [sample_scene(first + number, grid, things=self.things, kind=kind) for number in range(count)]
        length = rng.randint(200, 1000) if long else None
        tokens_BT, valid_BT = self.examples.planned(scenes, rng, length)
        device = model.text_embed.weight.device
        found = plan_losses(model, tokens_BT.to(device), valid_BT.to(device), grid)
        found.total.backward()
        return round(found.plan.item(), 3)


def _is_crowded(wanted: bool, scene: Scene) -> bool:
    return (len(scene.groups) > 4) == wanted
