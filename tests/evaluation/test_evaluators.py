"""The eye and the reader: what they are taught, how their answers become objects and words, and their file."""

from itertools import pairwise
from pathlib import Path

import pytest
import torch

from generation.aurora.tokenizer import Tokenizer, TokenizerConfig
from generation.evaluation import lessons, train, weights
from generation.evaluation.detector import Answers
from generation.evaluation.glyphs import Line, Reader, _block, _line, alphabet, alphabets
from generation.evaluation.lessons import NOTHING
from generation.evaluation.reading import _cut
from generation.world.render import render
from generation.world.words import SCRIPTS, WIDE
from tests.model.fonts import needs_font

SMALL = TokenizerConfig(widths=(8, 8, 8), x2_width=8)


@pytest.fixture(scope="module")
def model() -> weights.Evaluators:
    torch.manual_seed(0)
    return weights.fresh().eval()


def answers(**places: tuple[int, int]) -> Answers:
    """Sure answers for things at corners (row, column) of a picture of 8x8 positions."""
    names = weights.fresh().detector.things
    centre, thing = torch.full((1, 17, 17), -9.0), torch.zeros(1, len(names), 17, 17)
    for name, (row, column) in places.items():
        centre[0, row, column], thing[0, names.index(name), row, column] = 9.0, 20.0
    return Answers(centre, thing, torch.zeros(1, 12, 17, 17), torch.full((1, 17, 17), 3.0), centre, torch.zeros(1, 6))


def test_peaks_become_objects_at_their_places(model: weights.Evaluators):
    (found,) = model.detector.seen(answers(dog=(4, 6), cat=(10, 3)), 0.5)
    assert {(seen.thing, seen.centre, seen.side, seen.hidden) for seen in found} == {
        ("dog", (2.0, 3.0), 3.0, True),
        ("cat", (5.0, 1.5), 3.0, True),
    }
    assert model.detector.seen(answers(), 0.5) == [[]]


def test_a_neighbour_that_is_less_sure_is_the_same_object(model: weights.Evaluators):
    told = answers(dog=(4, 6), cat=(4, 7))
    told.centre_BRS[0, 4, 7] = 2.0
    (found,) = model.detector.seen(told, 0.5)
    assert [seen.thing for seen in found] == ["dog"]


def test_the_eye_answers_at_corners_of_any_picture(model: weights.Evaluators):
    assert model.detector(torch.rand(2, 3, 256, 256)).centre_BRS.shape == (2, 17, 17)
    assert model.detector(torch.rand(1, 3, 64, 128)).thing_BTRS.shape == (1, 64, 5, 9)
    assert model.reader(torch.rand(1, 3, 64, 128)).shape[2:] == (2, 8)


def test_alphabets_hold_all_that_is_written():
    assert set("Az05%") <= set(alphabet("latin")) and len(alphabet("hangul")) >= 200
    assert all(len(set(letters)) == len(letters) for letters in alphabets().values())


def test_a_run_of_slots_is_a_word():
    sures, letters = [0.1, 0.9, 0.9, 0.2, 0.8, 0.0, 0.0, 0.0, 0.6], [0, 1, 2, 0, 0, 0, 0, 0, 1]
    line = _line(3, sures, letters, "abc", 1)
    assert (line.text, line.row, line.first, line.end) == ("bca", 3, 1, 5)
    assert line.sure == pytest.approx(2.6)
    assert _line(0, [0.0] * 4, [0] * 4, "abc", 1).text == ""


def test_a_wide_letter_takes_two_slots():
    line = _line(0, [0.6, 0.9, 0.7, 0.8, 0.1, 0.9], [0, 1, 0, 2, 0, 0], "abc", 2)
    assert (line.text, line.first, line.end) == ("bca", 1, 7)


def test_lines_that_follow_one_another_are_one_text():
    rows = [Line("a", 0, 0, 1, 0.6), Line("", 1, 0, 0, 0), Line("bc", 2, 0, 2, 1.8), Line("d", 3, 0, 1, 0.9)]
    assert [line.text for line in _block(rows)] == ["bc", "d"]


@needs_font
def test_lessons_are_on_both_sides_of_the_split_and_true():
    reader = Reader(alphabets())
    taught = lessons.scene_lessons(lessons.FIRST_SEED, 24, reader)
    assert taught.image.shape == (24, 3, 256, 256) and taught.image.dtype == torch.uint8
    there = taught.thing != NOTHING
    assert there.any() and (taught.side[there] >= 2).all() and not taught.side[~there].any()
    assert ((taught.colour == NOTHING) | there).all()


@needs_font
@pytest.mark.parametrize("script", SCRIPTS)
def test_letters_lie_in_the_slots_that_are_taught(script: str):
    """The ink of a board is in the slots of its letters."""
    reader = Reader(alphabets())
    seed = next(n for n in range(500) if (w := lessons._page(n).writing) and w.script == script and w.kind == "poster")
    scene = lessons._page(seed)
    letter, _ = lessons._letters(scene, reader)
    writing, image = scene.writing, render(scene).image_CHW
    assert writing is not None
    step = 2 if script in WIDE else 1
    for row, line in enumerate(writing.lines):
        slots = (letter[writing.top + row] > 0).nonzero().flatten().tolist()
        assert len(slots) == len(line) and all(b - a == step for a, b in pairwise(slots))
        for place, slot in enumerate(slots):
            top, left = (writing.top + row) * 32, slot * 16
            cell = image[:, top : top + 32, left : left + 16 * step]
            assert float(cell.max() - cell.min()) > 0.3, (line, place)


def test_tesseract_gets_dark_letters_on_light():
    image = torch.full((3, 64, 128), 0.1)
    image[:, 8:24, 36:44] = 0.9
    cut = _cut(image, Line("I", 0, 2, 3, 1.0))
    assert cut.getpixel((0, 0)) == 255 and min(cut.tobytes()) == 0


def test_weights_come_back_as_they_were_told(model: weights.Evaluators, tmp_path: Path):
    weights.save(model, tmp_path, threshold=0.4, facts={"seed": 3, "steps": 7})
    loaded = weights.load(tmp_path)
    assert (loaded.threshold, loaded.facts) == (0.4, {"seed": 3, "steps": 7})
    picture = torch.rand(1, 3, 256, 256)
    assert torch.allclose(loaded.detector(picture).thing_BTRS, model.detector(picture).thing_BTRS, atol=0.02)
    assert (tmp_path / weights.FILE).stat().st_size < 3_000_000


def test_weights_that_cannot_be_used(tmp_path: Path):
    with pytest.raises(weights.NoEvaluators, match="train evaluators"):
        weights.load(tmp_path)
    (tmp_path / weights.FILE).write_bytes(b"damage")
    with pytest.raises(weights.NoEvaluators, match="damaged"):
        weights.load(tmp_path)


@needs_font
def test_a_cycle_leaves_weights_that_load_and_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("generation.evaluation.exam.N_SCENES", 4)
    monkeypatch.setattr("generation.evaluation.exam.N_PAGES", 2)
    tokenizer = Tokenizer(SMALL).eval()
    for resume, steps in ((False, 2), (True, 4)):
        train.train_evaluators(
            tmp_path / "run", 5, resume, tokenizer, tmp_path / "out", scenes=4, pages=2, most_steps=2
        )
        facts = weights.load(tmp_path / "out").facts
        assert facts["steps"] <= steps and {"f1", "colour", "letter", "f1_again"} <= set(facts)


@needs_font
def test_learning_lowers_the_loss():
    torch.manual_seed(0)
    model = weights.fresh()
    scenes = lessons.scene_lessons(lessons.FIRST_SEED, 6, model.reader)
    pages = lessons.page_lessons(lessons.FIRST_SEED, 3, model.reader)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(8):
        losses.append(train._learn(model, scenes, pages))
        optimizer.step()
        optimizer.zero_grad()
    assert losses[-1]["loss"] < 0.8 * losses[0]["loss"] and losses[-1]["letter"] < losses[0]["letter"]
