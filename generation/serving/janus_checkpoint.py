"""A folder with Janus-Pro in the format of transformers: loaded, sampled token by token, turned into pixels."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.serving.model import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import JanusForConditionalGeneration

GUIDANCE = 5.0
PROMPT = "<|User|>: {prompt}\n\n<|Assistant|>:"
BEGIN_OF_IMAGE = "<begin_of_image>"
SHOULD = "Point AURORA_MODEL=janus:… at a download of deepseek-community/Janus-Pro-1B or -7B."


class JanusCheckpoint:
    """Pictures have `grid` rows and columns of tokens, and `side` pixels. `slots` of them are drawn side by side."""

    def __init__(self, model: "JanusForConditionalGeneration", tokenizer: "Tokenizer", slots: int) -> None:
        self._model, self._tokenizer, self._slots = model, tokenizer, slots
        text, vq = model.config.text_config, model.config.vq_config
        self._special = [text.bos_token_id, text.pad_token_id, tokenizer.token_to_id(BEGIN_OF_IMAGE)]
        if None in self._special:
            raise ValueError("the tokens for begin, padding and image are not all there")
        self.grid: int = vq.num_patches
        self.side: int = self.grid * 2 ** (len(vq.channel_multiplier) - 1)

    @classmethod
    def load(cls, folder: Path, *, slots: int) -> "JanusCheckpoint":
        """On CUDA where there is one, in half precision there. Downloads nothing. Raises ModelError."""
        try:
            from tokenizers import Tokenizer
            from transformers import JanusForConditionalGeneration
        except ImportError as error:
            raise ModelError("Janus needs transformers: pip install -r requirements-janus.txt.") from error
        device, dtype = ("cuda", torch.bfloat16) if torch.cuda.is_available() else ("cpu", torch.float32)
        try:
            _expect_janus(folder)
            model, report = JanusForConditionalGeneration.from_pretrained(
                folder, dtype=dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
            )
            if missing := report["missing_keys"]:
                # transformers has filled them with random numbers.
                raise ValueError(f"weights are missing, such as {min(missing)}")
            model.model.vqmodel.float()  # half precision would show in the pixels
            return cls(model.eval().to(device), Tokenizer.from_file(str(folder / "tokenizer.json")), slots)
        except Exception as error:  # any damage at all ends in the same advice
            reason = str(error).partition("\n")[0].rstrip(".")
            raise ModelError(f"The Janus checkpoint in {folder} cannot be used: {reason}. {SHOULD}") from error

    @torch.inference_mode()
    def tokens(self, prompt: str, seeds: Sequence[int]) -> Iterator[Tensor]:
        """Yield the next token of every picture, (pictures,), in raster order, `grid` * `grid` times."""
        from transformers import StaticCache

        body, device = self._model.model, self._model.device
        rows_2T = torch.tensor(self._rows(prompt), device=device)
        streams = [torch.Generator(device).manual_seed(seed) for seed in seeds]
        # A step takes about as long for one picture as for all slots. With all of them always filled, the arithmetic
        # of a picture, and so every bit of it, does not depend on how many are drawn.
        filled_S = torch.arange(self._slots, device=device).clamp(max=len(seeds) - 1)
        n_positions = self.grid**2
        cache = StaticCache(self._model.config.text_config, max_cache_len=rows_2T.shape[1] + n_positions)
        x_BTD = self._model.get_input_embeddings()(rows_2T.repeat_interleave(self._slots, dim=0))
        for _ in range(n_positions):
            hidden_BTD = body.language_model(inputs_embeds=x_BTD, cache=cache, use_cache=True).last_hidden_state
            tokens_N = _sample(body.generation_head(hidden_BTD[:, -1]), streams)
            yield tokens_N
            x_BTD = self._model.prepare_embeddings_for_image_generation(tokens_N[filled_S].repeat(2)[:, None])

    @torch.inference_mode()
    def pixels(self, tokens_HW: Tensor) -> Tensor:
        """Rows of tokens as a picture in 0..1, (channels, height, width), on the CPU. Some rows do as well as all."""
        vq = self._model.model.vqmodel
        entries_HWC = F.normalize(vq.quantize.embedding(tokens_HW), dim=-1)
        image_CHW = vq.decoder(vq.post_quant_conv(entries_HWC.permute(2, 0, 1)[None]))[0]
        return (image_CHW / 2 + 0.5).clamp(0, 1).cpu()

    def _rows(self, prompt: str) -> list[list[int]]:
        """The prompt, and the same with padding in place of the words, from which guidance leads away."""
        begin, padding, image = self._special
        words = self._tokenizer.encode(PROMPT.format(prompt=prompt), add_special_tokens=False).ids
        return [[begin, *words, image], [begin, *[padding] * len(words), image]]


def _expect_janus(folder: Path) -> None:
    kind = json.loads((folder / "config.json").read_text()).get("model_type")
    if kind != "janus":
        raise ValueError(f"its config.json says model_type {kind!r} where transformers writes 'janus'")


def _sample(logits_BV: Tensor, streams: Sequence[torch.Generator]) -> Tensor:
    """Guide, and sample by an exponential race, with the random numbers of each picture: argmax of p / e is a draw
    from p. Rows beyond those of the pictures only fill the slots."""
    with_prompt, without = logits_BV.float().chunk(2)
    guided_SV = without + GUIDANCE * (with_prompt - without)
    noise_NV = torch.stack([_noise(guided_SV[0], stream) for stream in streams])
    return (F.softmax(guided_SV[: len(streams)], dim=-1) / noise_NV).argmax(-1)


def _noise(like_V: Tensor, stream: torch.Generator) -> Tensor:
    return torch.empty_like(like_V).exponential_(generator=stream)
