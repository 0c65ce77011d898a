"""Own data: pairs from folders and shards, shaped to the grid; what is wrong is said with the file's name."""

import json
import tarfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from generation.training.data import BadData, Pairs

GRID = (2, 3)


def add(folder: Path, name: str, caption: str | None, colour: str = "red", size: tuple[int, int] = (90, 40)) -> Path:
    """An image, and its caption beside it if there is one."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    if caption is not None:
        path.with_suffix(".txt").write_text(caption)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    add(tmp_path, "b.png", "a blue\n field ", "blue")
    add(tmp_path, "a.jpg", "a red field", "red")
    add(tmp_path, "more/c.webp", None, "lime")
    (tmp_path / "more/c.json").write_text(json.dumps({"caption": "초록 들판", "width": 90}))
    (tmp_path / "LICENSE.txt").write_text("not a caption")
    (tmp_path / ".b.png").write_bytes(b"left by a file manager")
    return tmp_path


def pack(shard: Path, folder: Path) -> Path:
    with tarfile.open(shard, "w") as tar:
        for path in sorted(folder.rglob("*"), reverse=True):
            tar.add(path, str(path.relative_to(folder)), recursive=False)
    return shard


def test_it_reads_a_folder_in_the_order_of_names(folder: Path):
    pairs = Pairs(folder, GRID)
    assert [pairs.caption(number) for number in range(len(pairs))] == ["a red field", "a blue field", "초록 들판"]
    image = pairs.image(1)
    assert image.shape == (3, 64, 96) and image.dtype == torch.float32
    assert torch.allclose(image.mean((1, 2)), torch.tensor([0.0, 0, 1]), atol=0.02)
    assert pairs.image(0, scale=2).shape == (3, 128, 192)


def test_a_shard_is_read_as_the_folder_that_it_holds(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    shards = tmp_path_factory.mktemp("shards")
    pack(shards / "00.tar", folder)
    pack(shards / "01.tar", folder)
    plain, one, two = Pairs(folder, GRID), Pairs(shards / "00.tar", GRID), Pairs(shards, GRID)
    assert len(two) == 2 * len(one) == 2 * len(plain)
    for number in range(len(plain)):
        assert plain.caption(number) == one.caption(number) == two.caption(number + len(one))
        assert torch.equal(plain.image(number), one.image(number))


def test_it_keeps_the_middle_and_the_proportions(tmp_path: Path):
    wide = Image.new("RGB", (400, 100), "black")
    wide.paste("white", (150, 0, 250, 100))  # a square in the middle
    wide.save(tmp_path / "wide.png")
    (tmp_path / "wide.txt").write_text("a white square")
    image = Pairs(tmp_path, (2, 2)).image(0)
    assert image.min() > 0.9


def test_what_is_transparent_is_white(tmp_path: Path):
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    (tmp_path / "clear.txt").write_text("nothing")
    assert Pairs(tmp_path, (1, 1)).image(0).min() == 1


def test_long_captions_are_cut_after_a_word(tmp_path: Path):
    add(tmp_path, "a.png", "word " * 300)
    add(tmp_path, "b.png", "x" * 1500)
    pairs = Pairs(tmp_path, GRID)
    assert pairs.caption(0) == ("word " * 200).strip()
    assert pairs.caption(1) == "x" * 1000


def test_it_says_that_there_is_nothing(tmp_path: Path):
    with pytest.raises(BadData, match="No images in"):
        Pairs(tmp_path, GRID)
    with pytest.raises(BadData, match="no folder"):
        Pairs(tmp_path / "nowhere", GRID)
    (tmp_path / "bad.tar").write_bytes(b"no archive" * 100)
    with pytest.raises(BadData, match=r"bad\.tar"):
        Pairs(tmp_path / "bad.tar", GRID)


def test_it_names_the_image_without_a_caption(tmp_path: Path):
    add(tmp_path, "alone.png", None)
    with pytest.raises(BadData, match=r"alone\.png: write alone\.txt"):
        Pairs(tmp_path, GRID)


def test_it_names_two_images_of_one_name(tmp_path: Path):
    add(tmp_path, "twice.png", "a field")
    add(tmp_path, "twice.jpg", "a field")
    with pytest.raises(BadData, match=r"twice\.jpg and .*twice\.png"):
        Pairs(tmp_path, GRID)


@pytest.mark.parametrize("keep", [0, 60, 200])
def test_it_names_the_image_that_cannot_be_read(tmp_path: Path, keep: int):
    path = add(tmp_path, "torn.jpg", "a field", size=(300, 300))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadData, match=r"torn\.jpg"):
        Pairs(tmp_path, GRID).image(0)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\xfa"])
def test_it_names_the_caption_that_cannot_be_used(tmp_path: Path, content: bytes):
    add(tmp_path, "a.png", "").with_suffix(".txt").write_bytes(content)
    with pytest.raises(BadData, match=r"a\.txt"):
        Pairs(tmp_path, GRID).caption(0)


@pytest.mark.parametrize("content", ["{", "[]", '{"text": "a field"}', '{"caption": 3}'])
def test_it_names_the_json_without_a_caption(tmp_path: Path, content: str):
    add(tmp_path, "a.png", None).with_suffix(".json").write_text(content)
    with pytest.raises(BadData, match=r"a\.json"):
        Pairs(tmp_path, GRID).caption(0)
