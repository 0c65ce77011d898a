"""Train the transformer on scenes turned into codes. The corpus grows while the model learns from what is there."""

import random
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from generation.aurora import text
from generation.aurora.decoding import Sampling, draw
from generation.aurora.layout import Facts
from generation.aurora.moe import MoE
from generation.aurora.planning import Planner
from generation.aurora.text import TextTokenizer
from generation.aurora.tokenizer import Tokenizer
from generation.aurora.transformer import Transformer, TransformerConfig
from generation.training import optimizer
from generation.training.corpus import HELD_OUT, Corpus
from generation.training.examples import Examples
from generation.training.layout import plan_words
from generation.training.objective import losses, plan_losses
from generation.training.pictures import save_sheet
from generation.training.run import REPORT_STEPS, Run
from generation.world.caption import caption
from generation.world.sampling import sample_scene
from generation.world.scene import SQUARE, Scene
from generation.world.sprites import drawable
from generation.world.vocabulary import THINGS, Thing, many_things

LOOK_STEPS = 500
PLANNED_SEED = 1_000_000_000  # scenes from this seed on are only planned, never drawn
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
    planned: int = 24  # captions a step that are planned but not drawn
    fresh_a_step: int = 5  # scenes rendered, encoded and added to the corpus each step until it is full
    first_scenes: int = 256
    held_out: int = 256
    muon_lr: float = 0.015
    adam_lr: float = 2e-3
    disturb: float = 0.04  # share of input codes replaced, so that sampling mistakes can be lived with
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


def train(
    *,
    folder: Path,
    recipe: TransformerRecipe,
    tokenizer: Tokenizer,
    minutes: float,
    resume: bool,
    most_steps: int | None = None,
) -> None:
    """Run one cycle of `minutes` on the codes of `tokenizer`; checkpoints, log and sheets go to `folder`."""
    torch.manual_seed(0)
    words = text_tokenizer(folder, recipe)
    model = Transformer(recipe.config(words))
    optimizers = optimizer.build(model, muon_lr=recipe.muon_lr, adam_lr=recipe.adam_lr)
    run = Run(folder, minutes, model, optimizers, most_steps)
    teacher = Teacher(folder, recipe, words, tokenizer)
    if resume:
        run.resume()
        teacher.load()
    look = Look(recipe, words, tokenizer, folder)
    rng = random.Random(run.step)
    for step in run.steps():
        figures = run.counted(partial(teacher.teach, model, step, rng))
        run.update()
        balance = _balance(model, recipe.balance_rate * (3 if step < 1000 else 1))
        if step % REPORT_STEPS == 0:
            run.report(
                **figures, **balance, corpus=len(teacher.corpora[0]), **run.pace("positions_s", _positions(recipe))
            )
        if step % LOOK_STEPS == 0:
            look.at(run)
            teacher.save()
    look.at(run)
    teacher.save()


def _positions(recipe: TransformerRecipe) -> int:
    first = recipe.grids[0]
    return first.batch * first.grid[0] * first.grid[1]


def text_tokenizer(folder: Path, recipe: TransformerRecipe) -> TextTokenizer:
    """The run's own merges, learned once from 20,000 captions, and the words of its plans."""
    path = folder / "text.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng, things = random.Random(0), recipe.things
        captions = (caption(sample_scene(seed, things=things), rng) for seed in range(20_000))
        text.learn(captions, recipe.n_merges, plan_words(things)).save(path)
    return TextTokenizer.load(path)


class Teacher:
    """Chooses what is learned at a step: pictures of one grid, and plans without pictures."""

    def __init__(self, folder: Path, recipe: TransformerRecipe, words: TextTokenizer, tokenizer: Tokenizer) -> None:
        self.recipe, self.things = recipe, recipe.things
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

    def teach(self, model: Transformer, step: int, rng: random.Random) -> dict[str, float]:
        """Leave gradients of one step; returns figures to show."""
        device = model.text_embed.weight.device
        chosen = self._grid(step, rng)
        corpus, recipe = self.corpora[chosen], self.recipe.grids[chosen]
        share = recipe.batch / self.recipe.grids[0].batch
        corpus.grow(max(round(self.recipe.fresh_a_step * share), 1) if len(corpus) else self._first(chosen))
        crowded = rng.random() < 0.12
        count = recipe.batch // 2 if crowded else recipe.batch
        scenes, codes = corpus.sample(max(count, 1), rng, partial(_is_crowded, crowded))
        drawn = losses(
            model, self.examples.of_scenes(scenes, rng).to(device), codes.to(device), disturb=self.recipe.disturb
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


def _balance(model: Transformer, rate: float) -> dict[str, float]:
    figures = [module.balance(rate) for module in model.modules() if isinstance(module, MoE)]
    return {"max_violation": round(max(f[0] for f in figures), 2), "dead": sum(f[1] for f in figures)}


class Look:
    """What a run is judged by while it goes on: loss on scenes never trained on, and a sheet of pictures."""

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
        planner, seeds = Planner(model, self.words), [0, 1, 2, 3]
        said = self.words.encode(prompt)
        sampling = Sampling()
        plans = planner.write([said] * 4, self.grid, seeds, temperature=sampling.plan_temperature)
        prefixes = [planner.prefix(said, plan, self.grid) for plan in plans]
        steps = draw(model, prefixes, planner.bare(self.grid), self.grid, seeds=seeds, sampling=sampling)
        return self.tokenizer.to_image(torch.stack(list(steps), dim=1).view(4, *self.grid, 4, 2))
