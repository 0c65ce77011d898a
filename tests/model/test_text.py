from pathlib import Path

from generation.aurora.plan import PlanWords
from generation.aurora.text import CLOSE, N_SPECIAL, OPEN, TextTokenizer, learn


def test_it_makes_known_words_one_token(words: TextTokenizer):
    assert len(words.encode("red")) == 1


def test_it_takes_every_script(words: TextTokenizer):
    for prompt in ("빨간 사과", "красное яблоко", "🍎", "a\tb\nc", "x" * 1000):
        tokens = words.encode(prompt)
        assert tokens and all(N_SPECIAL <= token < words.n_vocab for token in tokens)


def test_it_folds_case_and_white_space(words: TextTokenizer):
    assert words.encode("  A   Red\nApple ") == words.encode("a red apple")


def test_it_tells_different_prompts_apart(words: TextTokenizer):
    assert words.encode("a red apple") != words.encode("a red apples")


def test_it_survives_saving(words: TextTokenizer, tmp_path: Path):
    words.save(tmp_path / "text.json")
    assert TextTokenizer.load(tmp_path / "text.json").encode("a blue sky") == words.encode("a blue sky")


def test_it_learns_the_same_merges_twice():
    captions = ["a cat and a dog", "a cat on a mat"]
    plan_words = PlanWords((), (), (), (), (), (), ())
    assert learn(captions, 10, plan_words).merges == learn(captions, 10, plan_words).merges


def test_it_spells_what_is_quoted(words: TextTokenizer):
    tokens = words.encode('a red apple "Hi 한국"')
    spelled = tokens[tokens.index(OPEN) + 1 : tokens.index(CLOSE)]
    letters = [words.plan_words.words[token - words.n_text] for token in spelled]
    assert letters == [("letter", part) for part in ("H", "i", " ", "ᄒ", "ᅡ", "ᆫ", "ᄀ", "ᅮ", "ᆨ")]
    assert words.encode("“Hi”") == words.encode('"Hi"') != words.encode('"hi"')


def test_it_leaves_a_lone_quote_alone(words: TextTokenizer):
    assert OPEN not in words.encode('a 5" disk and an apple')
