"""The Janus backend, on a tiny checkpoint with random weights."""

import io
import itertools
import json
import shutil
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from generation.serving import janus_checkpoint, models
from generation.serving.janus import SLOTS, Janus
from generation.serving.model import DrawRequest, ModelError, PictureDrawn, RowDrawn, TooLarge
from generation.serving.previews import png

GRID, SIDE = 4, 16
TOKENS = ["<begin>", "<pad>", "<unk>", "<begin_of_image>", "a", "red", "blue", "apple"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import JanusConfig, JanusForConditionalGeneration

    path = tmp_path_factory.mktemp("checkpoints") / "Janus-Tiny"
    config = JanusConfig(
        text_config={
            "model_type": "llama", "vocab_size": len(TOKENS), "hidden_size": 32, "intermediate_size": 32,
            "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2, "initializer_range": 0.5,
            "bos_token_id": 0, "pad_token_id": 1,
        },
        vision_config={
            "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": SIDE,
            "patch_size": SIDE // GRID, "projection_dim": 32, "num_image_tokens": GRID**2,
        },
        vq_config={
            "num_embeddings": 64, "latent_channels": 32, "base_channels": 32, "channel_multiplier": [1, 1, 1],
            "num_res_blocks": 1, "projection_dim": 32, "image_token_embed_dim": 32, "initializer_range": 0.5,
        },
    )  # fmt: skip
    torch.manual_seed(0)
    model = JanusForConditionalGeneration(config).eval()
    # So that prompts and tokens matter, and chance too.
    for part in (model.model.generation_aligner, model.model.generation_embeddings, model.model.generation_head):
        for parameter in part.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(path)
    tokenizer = Tokenizer(models.WordLevel({token: i for i, token in enumerate(TOKENS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(path / "tokenizer.json"))
    return path


@pytest.fixture(scope="session")
def janus(folder: Path) -> Janus:
    return Janus.load(folder)


@pytest.fixture
def damaged(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "damaged"))


def request(**changes) -> DrawRequest:
    return replace(DrawRequest("a red apple", "quality", SIDE, SIDE, (1, 2)), **changes)


def events(janus: Janus, **changes) -> list:
    return list(janus.draw(request(**changes), should_stop=lambda: False))


def pictures(drawn: list) -> dict[int, bytes]:
    return {event.seed: event.png for event in drawn if isinstance(event, PictureDrawn)}


def test_it_says_what_it_can_draw(janus: Janus):
    assert janus.name == "Janus-Tiny"
    assert janus.capabilities.sizes == {(SIDE, SIDE)}
    assert janus.capabilities.modes == {"quality"}


def test_it_draws_rows_in_order_and_then_the_pictures(janus: Janus):
    drawn = events(janus)
    *rows, first, second = drawn
    assert [(event.row, event.index) for event in rows] == [(row, index) for row in (1, 2, 3) for index in (0, 1)]
    assert [(event.index, event.seed) for event in (first, second)] == [(0, 1), (1, 2)]
    assert {Image.open(io.BytesIO(event.png)).size for event in (first, second)} == {(SIDE, SIDE)}


def test_it_shows_only_what_is_drawn(janus: Janus):
    first = next(event for event in events(janus) if isinstance(event, RowDrawn))
    alpha = np.asarray(Image.open(io.BytesIO(first.webp)).convert("RGBA"))[..., 3]
    assert (alpha[: SIDE // GRID] == 255).all() and (alpha[SIDE // GRID :] == 0).all()


def test_it_draws_the_same_picture_from_the_same_seed_alone_and_among_others(janus: Janus):
    alone = pictures(events(janus, seeds=(9,)))[9]
    assert pictures(events(janus, seeds=(3, 9, 4)))[9] == alone
    assert pictures(events(janus, seeds=(10,)))[10] != alone
    assert pictures(events(janus, seeds=(9,), prompt="a blue apple"))[9] != alone


def test_it_draws_more_pictures_than_it_has_slots(janus: Janus):
    seeds = tuple(range(SLOTS + 2))
    drawn = events(janus, seeds=seeds)
    assert [(event.index, event.seed) for event in drawn if isinstance(event, PictureDrawn)] == [*enumerate(seeds)]
    assert pictures(drawn)[SLOTS] == pictures(events(janus, seeds=(SLOTS,)))[SLOTS]


def test_it_draws_the_pictures_with_the_first_turns_first(janus: Janus):
    drawn = events(janus, seeds=tuple(range(SLOTS + 1)), turns=(9.0, *map(float, range(SLOTS))))
    assert [event.seed for event in drawn if isinstance(event, PictureDrawn)] == [1, 2, 3, 4, 0]


def test_it_takes_the_likeliest_tokens_that_transformers_takes(folder: Path, monkeypatch: pytest.MonkeyPatch):
    from transformers import GenerationConfig, JanusForConditionalGeneration

    monkeypatch.setattr(janus_checkpoint, "_noise", lambda like, stream: torch.ones_like(like))
    checkpoint = janus_checkpoint.JanusCheckpoint.load(folder, slots=2)
    ours = torch.stack([*checkpoint.tokens("a red apple", [0])], dim=1)
    model = JanusForConditionalGeneration.from_pretrained(folder)
    prompt = torch.tensor(checkpoint._rows("a red apple")[:1])
    config = GenerationConfig(
        guidance_scale=janus_checkpoint.GUIDANCE, do_sample=False, max_length=64, bos_token_id=0, pad_token_id=1,
        generation_kwargs={"boi_token_id": 3},
    )  # fmt: skip
    theirs = model.generate(
        prompt, attention_mask=torch.ones_like(prompt), generation_config=config, generation_mode="image"
    )
    assert ours.tolist() == theirs.tolist()
    assert len(set(ours.flatten().tolist())) > 3
    pixels = model.decode_image_tokens(theirs).detach()[0].permute(2, 0, 1)
    assert png(checkpoint.pixels(ours.view(GRID, GRID))) == png((pixels / 2 + 0.5).clamp(0, 1))


def test_it_stops_between_steps(janus: Janus):
    asked = itertools.count()
    drawn = list(janus.draw(request(), should_stop=lambda: next(asked) >= 2 * GRID + 1))
    assert {event.row for event in drawn if isinstance(event, RowDrawn)} == {1, 2}
    assert not pictures(drawn)
    assert next(asked) < 2 * GRID + 4
    assert janus.room().free == SLOTS


def test_it_makes_room_for_the_next_when_its_reader_goes(janus: Janus):
    drawing = janus.draw(request(), should_stop=lambda: False)
    next(drawing)
    assert janus.room().free == 0
    drawing.close()
    assert janus.room().free == SLOTS


def test_it_draws_whose_turn_is_first_first(janus: Janus):
    finished: list[str] = []
    called = threading.Event()
    janus.on_room(called.set)
    running = janus.draw(request(seeds=(1,), turns=(1.0,)), should_stop=lambda: False)
    next(running)
    waiting = {
        name: janus.draw(request(seeds=(seed,), turns=(turn,)), should_stop=lambda: False)
        for seed, (name, turn) in enumerate({"late": 9.0, "early": 5.0}.items())
    }

    def read(name: str) -> None:
        finished.extend(name for event in waiting[name] if isinstance(event, PictureDrawn))

    threads = [threading.Thread(target=read, args=(name,)) for name in waiting]
    for thread in threads:
        thread.start()
    room = janus.room()
    assert (room.free, room.waiting, room.first_waiting) == (0, 2, 5.0)
    assert not called.is_set()
    list(running)
    assert called.is_set()
    for thread in threads:
        thread.join()
    assert finished == ["early", "late"]
    assert janus.room().free == SLOTS


def test_it_leaves_the_line_when_told_to_stop_while_it_waits(janus: Janus):
    running = janus.draw(request(), should_stop=lambda: False)
    next(running)
    stop = threading.Event()
    waiting = janus.draw(request(), should_stop=stop.is_set)
    threading.Timer(0.1, stop.set).start()
    assert list(waiting) == []
    assert janus.room().waiting == 0
    list(running)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 512, "height": 512}, "16x16 alone, not 512x512"),
        ({"mode": "speed"}, "mode quality alone, not in mode speed"),
    ],
)
def test_it_refuses_what_it_cannot_draw(janus: Janus, changes: dict, message: str):
    with pytest.raises(TooLarge, match=message):
        janus.draw(request(**changes), should_stop=lambda: False)
    assert janus.room().free == SLOTS


def test_it_goes_on_after_a_request_for_which_there_is_no_memory(janus: Janus, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError

    with monkeypatch.context() as patch:
        patch.setattr(janus_checkpoint, "_sample", full)
        with pytest.raises(TooLarge, match="no memory left"):
            events(janus)
    assert len(pictures(events(janus))) == 2


def test_it_is_chosen_by_a_setting(folder: Path):
    assert models.load_model(f"janus:{folder}").name == "Janus-Tiny"


@pytest.mark.parametrize("setting", ["", "janus", "janus:", "other:/folder"])
def test_it_names_a_setting_that_it_does_not_know(setting: str):
    with pytest.raises(ModelError, match=r"AURORA_MODEL=.* names no model"):
        models.load_model(setting)


def test_it_says_when_the_folder_is_not_there(tmp_path: Path):
    with pytest.raises(ModelError, match=r"nowhere cannot be used: .*No such file.*AURORA_MODEL"):
        Janus.load(tmp_path / "nowhere")


def test_it_notices_another_model(damaged: Path):
    (damaged / "config.json").write_text(json.dumps({"model_type": "multi_modality"}))
    with pytest.raises(ModelError, match="model_type 'multi_modality'"):
        Janus.load(damaged)


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_it_notices_a_file_cut_short(damaged: Path, file: str):
    whole = (damaged / file).read_bytes()
    (damaged / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"damaged cannot be used: .+\. Point AURORA_MODEL"):
        Janus.load(damaged)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_it_notices_a_missing_file(damaged: Path, file: str):
    (damaged / file).unlink()
    with pytest.raises(ModelError, match="cannot be used"):
        Janus.load(damaged)


def test_it_notices_missing_tensors(damaged: Path):
    from safetensors.torch import load_file, save_file

    tensors = load_file(damaged / "model.safetensors")
    del tensors["model.generation_head.vision_head.weight"]
    save_file(tensors, damaged / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"weights are missing, such as model\.generation_head"):
        Janus.load(damaged)


def test_it_notices_a_tokenizer_of_another_model(damaged: Path):
    text = (damaged / "tokenizer.json").read_text().replace("<begin_of_image>", "<something_else>")
    (damaged / "tokenizer.json").write_text(text)
    with pytest.raises(ModelError, match="tokens for begin, padding and image"):
        Janus.load(damaged)


def test_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match=r"pip install -r requirements-janus\.txt"):
        Janus.load(folder)
