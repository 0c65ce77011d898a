"""The benchmark's own prompts: on the right side of the split, and shown by their scenes."""

import pytest

from generation.evaluation import suite
from generation.evaluation.asked import Prompt, agrees
from generation.evaluation.seen import truth
from generation.world.split import is_held_out
from generation.world.vocabulary import STYLES
from generation.world.words import SCRIPTS

TASKS = (*suite.GENEVAL, "many")


def combinations(prompt: Prompt) -> list[bool]:
    """Of every combination that the prompt names, whether it is held out."""
    styled = [is_held_out("style", wanted.thing, prompt.style) for wanted in prompt.include if prompt.style]
    coloured = [is_held_out("colour", wanted.thing, wanted.colour) for wanted in prompt.include if wanted.colour]
    related = [
        is_held_out("relation", wanted.thing, wanted.position[0], prompt.include[wanted.position[1]].thing)
        for wanted in prompt.include
        if wanted.position
    ]
    return styled + coloured + related


@pytest.mark.parametrize("task", [*TASKS, "style"])
def test_seen_prompts_name_nothing_held_out(task: str):
    assert not any(any(combinations(prompt)) for prompt in suite.prompts(task, 40, 0, held_out=False))


@pytest.mark.parametrize("task", TASKS)
def test_every_combination_of_a_held_out_prompt_is_held_out(task: str):
    for prompt in suite.prompts(task, 40, 0, held_out=True):
        assert combinations(prompt) and all(combinations(prompt))


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_scenes_show_what_prompts_ask_for(task: str, held_out: bool):
    prompts = suite.prompts(task, 20, 3, held_out=held_out)
    assert len({prompt.text for prompt in prompts}) == 20
    for prompt in prompts:
        assert prompt.scene is not None and agrees(prompt, truth(prompt.scene))
        assert prompt.scene.style == (prompt.style or "render")


def test_scenes_of_other_prompts_do_not_agree():
    for task in suite.GENEVAL:
        prompts = suite.prompts(task, 40, 0, held_out=True)
        others = prompts[1:] + prompts[:1]
        wrong = [
            agrees(prompt, truth(other.scene)) for prompt, other in zip(prompts, others, strict=True) if other.scene
        ]
        assert sum(wrong) <= 2


def test_the_seed_decides_everything():
    once, again, other = (suite.prompts("binding", 10, seed, held_out=True) for seed in (0, 0, 1))
    assert once == again and once != other
    assert suite.long_prompts(6, 3, 0) == suite.long_prompts(6, 3, 0)


@pytest.mark.parametrize("script", SCRIPTS)
def test_words_were_never_shown(script: str):
    prompts = suite.written(script, 24, 0)
    assert len({prompt.written for prompt in prompts}) == 24
    for prompt in prompts:
        assert is_held_out("word", prompt.written) and f'"{prompt.written}"' in prompt.text
        assert prompt.scene is not None and prompt.scene.writing is not None
        assert prompt.scene.writing.text == prompt.written


@pytest.mark.parametrize(("named", "characters"), suite.LENGTHS.items())
def test_long_prompts_name_so_many_things_in_so_many_characters(named: int, characters: int):
    for prompt in suite.long_prompts(named, 5, 0):
        assert len({wanted.thing for wanted in prompt.include}) == named
        assert characters / 3 < len(prompt.text) <= 1000
        assert prompt.scene is not None and agrees(prompt, truth(prompt.scene))


def test_every_style_but_the_plain_one_is_asked_for():
    assert set(suite.STYLED) == set(STYLES) - {"render"}
