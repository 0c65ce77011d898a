"""Prompts from outside."""

import json
from pathlib import Path
from typing import Any

import pytest

from generation.evaluation.asked import Wanted, agrees
from generation.evaluation.outside import BadSuite, read_suite
from generation.evaluation.seen import truth


def written(folder: Path, *lines: Any) -> Path:
    path = folder / "suite.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


def test_it_reads_what_geneval_writes(tmp_path: Path):
    line = {
        "tag": "position",
        "prompt": "a puppy left of two red cars",
        "include": [
            {"class": "puppy", "count": 1, "position": ["left of", 1]},
            {"class": "car", "count": 2, "color": "red"},
        ],
        "exclude": [{"class": "cat", "count": 1}],
    }
    (prompt,) = read_suite(written(tmp_path, line))
    assert prompt.include == (Wanted("dog", 1, "", ("left of", 1)), Wanted("car", 2, "red"))
    assert (prompt.exclude, prompt.task) == ((Wanted("cat"),), "position")
    assert prompt.scene is not None and agrees(prompt, truth(prompt.scene))


def test_counts_are_one_and_empty_lines_nothing(tmp_path: Path):
    prompts = read_suite(written(tmp_path, {"prompt": "a dog", "include": [{"class": "dog"}]}, "", " "))
    assert [prompt.include for prompt in prompts] == [(Wanted("dog"),)]


def test_text_tells_its_script(tmp_path: Path):
    lines = [{"prompt": f'a sign "{text}"', "text": text} for text in ("OPEN", "выход", "서울")]
    prompts = read_suite(written(tmp_path, *lines))
    assert [prompt.script for prompt in prompts] == ["latin", "cyrillic", "hangul"]
    assert all(prompt.scene and prompt.scene.writing for prompt in prompts)


def test_what_the_world_cannot_show_has_no_scene(tmp_path: Path):
    (prompt,) = read_suite(written(tmp_path, {"prompt": "dogs", "include": [{"class": "dog", "count": 90}]}))
    assert prompt.scene is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "no JSON"),
        ("[]", "a prompt must be a JSON object"),
        ({"include": [{"class": "dog"}]}, '"prompt" must be text'),
        ({"prompt": "x" * 1001, "include": [{"class": "dog"}]}, "1000 characters"),
        ({"prompt": "a dog"}, "nothing is asked for"),
        ({"prompt": "a dog", "inclde": []}, "unknown key 'inclde'"),
        ({"prompt": "a dog", "include": {}}, '"include" must be a list'),
        ({"prompt": "a dog", "include": ["dog"]}, "an entry must be a JSON object"),
        ({"prompt": "a yak", "include": [{"class": "yak"}]}, "no class 'yak'; the classes are airplane, .*umbrella"),
        ({"prompt": "a dog", "include": [{"class": "dog", "count": 0}]}, "whole number from 1"),
        ({"prompt": "a dog", "include": [{"class": "dog", "count": True}]}, "whole number from 1"),
        ({"prompt": "a dog", "include": [{"class": "dog", "color": "beige"}]}, "no color 'beige'; .*red"),
        ({"prompt": "a dog", "include": [{"class": "dog", "position": ["near", 0]}]}, "left of"),
        ({"prompt": "a dog", "include": [{"class": "dog", "position": ["above", 1]}]}, '"position" must be'),
        ({"prompt": "a sign", "text": "سلام"}, "letters of one script"),
        ({"prompt": "a dog", "include": [{"class": "dog"}], "tag": 3}, '"tag" must be text'),
    ],
)
def test_it_names_the_line_and_what_is_wrong(tmp_path: Path, line: Any, says: str):
    with pytest.raises(BadSuite, match=says) as error:
        read_suite(written(tmp_path, {"prompt": "a dog", "include": [{"class": "dog"}]}, line))
    assert str(error.value).startswith(f"Line 2 of {tmp_path / 'suite.jsonl'}: ")


def test_no_file_and_no_prompts(tmp_path: Path):
    with pytest.raises(BadSuite, match="Cannot read"):
        read_suite(tmp_path / "none.jsonl")
    with pytest.raises(BadSuite, match="no prompts"):
        read_suite(written(tmp_path, ""))
