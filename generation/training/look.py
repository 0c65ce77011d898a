"""What a run of the transformer is judged by while it goes on: loss on scenes never trained on, and pictures."""

import random
from pathlib import Path

import torch
from torch import Tensor

from generation.aurora.batch import Brief, draw
from generation.aurora.layout import Facts
from generation.aurora.planning import LONGEST, Planner
from generation.aurora.prefix import Sampling
from generation.aurora.stepping import EagerStep
from generation.aurora.text import TextTokenizer
from generation.aurora.tokenizer import Tokenizer
from generation.aurora.transformer import Transformer
from generation.training.corpus import HELD_OUT, Corpus
from generation.training.examples import Examples
from generation.training.objective import PLAN_WEIGHT, losses
from generation.training.pictures import save_sheet
from generation.training.recipes import TransformerRecipe
from generation.training.run import Run

SHEET_PROMPTS = (
    "a red apple on the left on grass under a blue sky",
    'a yellow sign that says "HELLO"',
    "three blue cars on sand",
    "a dog to the left of a green book",
    "five stars under a night sky",
    "a cat, a tree and a house",
    'a white poster with the word "사랑"',
    "a watercolour of a pink umbrella in front of a robot",
)


class Look:
    def __init__(self, recipe: TransformerRecipe, words: TextTokenizer, tokenizer: Tokenizer, folder: Path) -> None:
        self.recipe, self.words, self.tokenizer = recipe, words, tokenizer
        self.grid = recipe.grids[0].grid
        self.examples = Examples(words, Facts(words.plan_words), thing_weight=1.0, letter_weight=1.0)
        self.held_out = Corpus(
            folder / "held-out.pt",
            tokenizer,
            self.grid,
            limit=recipe.held_out,
            things=recipe.things,
            first_seed=HELD_OUT,
        )
        self.held_out.grow(recipe.held_out)

    @torch.inference_mode()
    def at(self, run: Run) -> None:
        """Report the averaged model's held-out losses and draw sheet.png: eight prompts, four seeds each."""
        model = Transformer(self.recipe.config(self.words)).to(next(self.tokenizer.parameters()).device)
        model.load_state_dict(run.ema)
        codes, plan = self.loss(model.eval())
        run.report(held_out=round(codes, 4), held_out_plan=round(plan, 4))
        run.offer(codes + PLAN_WEIGHT * plan, "held-out nats")
        pictures = [self._pictures(model, prompt) for prompt in SHEET_PROMPTS]
        save_sheet(
            [torch.cat(pair) for pair in zip(pictures[::2], pictures[1::2], strict=True)], run.folder / "sheet.png"
        )

    def loss(self, model: Transformer) -> tuple[float, float]:
        """Nats a code (both factors) and a word of the plan. Raises FloatingPointError when training blew up."""
        rng = random.Random(0)
        device = model.text_embed.weight.device
        scenes = [self.held_out.scene(number) for number in range(len(self.held_out))]
        totals = torch.zeros(2, dtype=torch.float64)
        for start in range(0, len(scenes), 32):
            part = slice(start, start + 32)
            batch = self.examples.of_scenes(scenes[part], rng, whole=True).to(device)
            found = losses(model, batch, self.held_out.codes[part].to(device))
            totals += torch.tensor([(found.a + found.b).item(), found.plan.item()]) * len(scenes[part])
        if not totals.isfinite().all():
            raise FloatingPointError("The held-out loss is not finite; lower the learning rate.")
        codes, plan = (totals / len(scenes)).tolist()
        return codes, plan

    def _pictures(self, model: Transformer, prompt: str) -> Tensor:
        planner, said = Planner(model, self.words), self.words.encode(prompt)
        briefs = [Brief(said, self.grid, seed, Sampling()) for seed in range(4)]
        positions = self.grid[0] * self.grid[1]
        step = EagerStep(model, kv_rows=2 * len(briefs), longest=len(said) + LONGEST + positions + 3)
        return self.tokenizer.to_image(draw(step, planner, briefs).view(4, *self.grid, 4, 2))
