"""What bounds the model from outside: the pictures that its tokenizer can give back, and those it was trained on."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from generation.aurora.tokenizer import Tokenizer
from generation.evaluation import measures, pixels
from generation.evaluation.asked import Prompt
from generation.evaluation.figures import Ratio, Told, figure
from generation.evaluation.judge import Found, Judge, fitted
from generation.training.corpus import FIRST_SEED
from generation.world.render import render_batch
from generation.world.sampling import sample_scene
from generation.world.scene import Scene

SEED = 3_990_000_000  # scenes from this seed on are rendered and given back
BATCH = 8
TRAINED = 512  # training scenes that pictures are compared with


@dataclass(frozen=True)
class Reconstruction:
    tokenizer: Tokenizer
    judge: Judge

    def figures(self, count: int, seed: int) -> dict[str, dict[str, Any]]:
        """PSNR in dB, SSIM, and character errors of `count` scenes through the tokenizer.

        The ceilings are the same pictures in eight bits, as any file has them; the floor is another picture.
        """
        scenes = [sample_scene(SEED + number, kind=None) for number in range(count)]
        signs = [sample_scene(SEED + count + number, kind="text") for number in range(count)]
        near = [self._near(scenes[start : start + BATCH]) for start in range(0, count, BATCH)]
        psnr, ssim = ([_joined([told[number] for told in near])] for number in (0, 1))
        return {
            "reconstruction.psnr": figure(psnr, seed),
            "reconstruction.ssim": figure(ssim, seed),
            "reconstruction.cer": figure([self._texts(signs)], seed),
        }

    def _near(self, scenes: list[Scene]) -> tuple[Told, Told]:
        image = render_batch(scenes).image_BCHW
        again = self.tokenizer.to_image(self.tokenizer.to_codes(image))
        stored = (image * 255).round() / 255
        pairs = (again, stored, again, again.roll(1, 0))
        psnr = [_each(pixels.psnr(other, image)) for other in pairs]
        ssim = [_each(pixels.ssim(other, image)) for other in pairs]
        return _beside(psnr, len(scenes)), _beside(ssim, len(scenes))

    def _texts(self, scenes: list[Scene]) -> Told:
        prompts = [
            Prompt("", written=scene.writing.text, script=scene.writing.script) for scene in scenes if scene.writing
        ]
        truth, again = [], []
        for scene, prompt in zip(scenes, prompts, strict=True):
            image = render_batch([scene]).image_BCHW
            truth += self.judge.look(image, prompt.script)
            again += self.judge.look(self.tokenizer.to_image(self.tokenizer.to_codes(image)), prompt.script)
        others = prompts[1:] + prompts[:1]
        return Told(
            _wrong(prompts, again), _wrong(prompts, truth), _wrong(prompts, again), _wrong(others, again), len(scenes)
        )


def _wrong(prompts: list[Prompt], found: list[Found]) -> list[Ratio]:
    return [measures.characters(prompt, one) for prompt, one in zip(prompts, found, strict=True)]


def _each(values_B: Tensor) -> list[Ratio]:
    return [(value, 1.0) for value in values_B.tolist()]


def _beside(ratios: list[list[Ratio]], pictures: int) -> Told:
    drawn, truth, again, shuffled = ratios
    return Told(drawn, truth, again, shuffled, pictures)


def _joined(parts: list[Told]) -> Told:
    names = ("drawn", "truth", "again", "shuffled")
    ratios = [[ratio for part in parts for ratio in getattr(part, name)] for name in names]
    return _beside(ratios, sum(part.pictures for part in parts))


def memory(pictures: list[Tensor], tokenizer: Tokenizer, count: int, seed: int) -> dict[str, Any]:
    """The share of codes in which a picture differs from the most similar training scene: 0 would be a copy.

    The ceiling is that of scenes which nobody has seen; a model that learns and does not copy comes near to it.
    """
    trained = _codes(tokenizer, [sample_scene(FIRST_SEED + number) for number in range(TRAINED)])
    drawn = torch.cat([tokenizer.to_codes(fitted(picture[None])) for picture in pictures]).flatten(1)
    fresh = _codes(tokenizer, [sample_scene(SEED + number) for number in range(count)])
    told = Told(_nearest(drawn, trained), _nearest(fresh, trained), (), _nearest(trained[:count], trained), len(drawn))
    return figure([told], seed)


def _codes(tokenizer: Tokenizer, scenes: list[Scene]) -> Tensor:
    batches = [render_batch(scenes[start : start + BATCH]).image_BCHW for start in range(0, len(scenes), BATCH)]
    return torch.cat([tokenizer.to_codes(batch) for batch in batches]).flatten(1)


def _nearest(codes: Tensor, others: Tensor) -> list[Ratio]:
    return [(float((one != others).float().mean(1).min()), 1.0) for one in codes]
