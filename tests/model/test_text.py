from pathlib import Path

from generation.aurora.text import N_SPECIAL, TextTokenizer, learn


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
    assert learn(captions, 10).merges == learn(captions, 10).merges
