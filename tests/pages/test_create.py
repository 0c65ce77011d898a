"""The create page without a browser: what it accepts, refuses, keeps and answers."""

from typing import Any

import pytest
from django.urls import reverse

from tests.pages.conftest import PROMPT

SCRIPT = {"HX-Request": "true"}
GOOD = {"prompt": PROMPT, "mode": "quality", "size": "256x256", "n": "2", "seed": "7"}


@pytest.fixture
def url(studio) -> str:
    return reverse("pages:create", args=[studio.slug])


@pytest.fixture
def client(client_of, alice):
    return client_of(alice)


def generations() -> Any:
    from generation.models import Generation

    return Generation.objects.all()


def test_it_makes_a_generation_and_shows_it(url, client) -> None:
    answer = client.post(url, GOOD)
    made = generations().get()
    assert answer.url == f"{url}#generation-{made.pk}"
    assert (made.prompt, made.mode, made.n, made.seed, made.source, made.price_micros) == (
        PROMPT,
        "quality",
        2,
        7,
        "page",
        0,
    )
    page = client.get(url).content.decode()
    assert f'data-generation="{made.pk}"' in page
    assert page.count("<canvas") == 2
    assert "/events/" in page


def test_it_answers_a_script_with_the_new_generation_alone(url, client) -> None:
    answer = client.post(url, GOOD, headers=SCRIPT)
    assert answer.status_code == 201
    assert "<html" not in answer.content.decode()
    assert f'data-generation="{generations().get().pk}"' in answer.content.decode()


BAD = [
    ({"prompt": "   "}, "prompt", "Write what the picture should show."),
    ({"prompt": "a" * 1001}, "prompt", "1,001 characters"),
    ({"prompt": "a\x07pple"}, "prompt", "control characters"),
    ({"mode": "4k"}, "mode", "modes"),
    ({"mode": "pro"}, "mode", "Pro is part of the plans Super and Team."),
    ({"size": "1920x1080"}, "size", "sizes"),
    ({"size": "300x300"}, "size", "sizes"),
    ({"n": "5"}, "n", "from 1 to 4"),
    ({"seed": "-1"}, "seed", "whole number"),
    ({"seed": "seven"}, "seed", "whole number"),
]


@pytest.mark.parametrize(("wrong", "field", "words"), BAD)
def test_it_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed(wrong, field, words, url, client) -> None:
    answer = client.post(url, GOOD | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page.split(f'id="id_{field}_error"')[1].split("</p>")[0]
    if field != "prompt":
        assert PROMPT in page.split("<textarea")[1].split("</textarea>")[0]
    assert not generations().exists()


@pytest.mark.parametrize(("wrong", "field", "words"), BAD)
def test_it_tells_a_script_the_field(wrong, field, words, url, client) -> None:
    answer = client.post(url, GOOD | wrong, headers=SCRIPT)
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert list(errors) == [field]
    assert words in errors[field]


def test_it_locks_pro_without_the_plan_and_leads_to_the_plans(url, client) -> None:
    page = client.get(url, {"mode": "pro", "size": "1920x1080"}).content.decode()
    assert 'aria-label="Open Pro with Super. Compare the plans."' in page
    assert 'value="pro"' not in page
    assert "1920x1080" not in page
    assert 'value="speed" data-n="1" checked' in page


def test_it_draws_pro_with_the_plan(url, client, grant) -> None:
    grant("super")
    page = client.get(url, {"mode": "pro"}).content.decode()
    assert 'value="pro" data-n="1" checked' in page
    assert 'name="size" value="1920x1080" checked' in page
    assert client.post(url, GOOD | {"mode": "pro", "size": "1920x1080"}).status_code == 302
    assert (generations().get().mode, generations().get().width) == ("pro", 1920)


def test_it_keeps_a_size_only_with_a_mode_that_has_it(url, client) -> None:
    def size(**given: str) -> str:
        options: str = client.get(url, given).content.decode().split('id="id_size"')[1]
        return options.partition(" checked")[0].rpartition('value="')[2].strip('"')

    assert size(mode="quality", size="1024x768") == "1024x768"
    assert size(mode="speed", size="1024x768") == "512x512"


def test_it_says_when_too_much_is_waiting(url, client) -> None:
    for _ in range(8):
        assert client.post(url, GOOD).status_code == 302
    answer = client.post(url, GOOD, headers=SCRIPT)
    assert answer.status_code == 422
    assert "8 generations of this workspace" in answer.json()["errors"]["form"]
    page = client.post(url, GOOD).content.decode()
    assert "8 generations of this workspace" in page.split('id="id_form_error"')[1].split("</p>")[0]
    assert generations().count() == 8


def test_it_shows_only_the_readers_own_generations_newest_first(url, client, ask, bob) -> None:
    first, second, others = ask(), ask(), ask(by=bob)
    page = client.get(url).content.decode()
    assert page.index(str(second.pk)) < page.index(str(first.pk))
    assert str(others.pk) not in page


def test_it_fills_the_composer_from_a_generation(url, client, ask) -> None:
    source = ask(prompt="a lion on snow", mode="quality", n=3)
    page = client.get(url, {"from": source.pk, "seed": "42"}).content.decode()
    composer = page.split("data-composer")[1]
    assert ">a lion on snow</textarea>" in composer
    assert 'value="quality" data-n="4" checked' in composer
    assert '<option value="3" selected>' in composer
    assert 'value="42"' in composer


@pytest.mark.parametrize("nonsense", ["?from=nonsense", "?from=7d3f0b36-0000-4000-8000-000000000000"])
def test_it_knows_no_such_generation(nonsense, url, client) -> None:
    assert client.get(url + nonsense).status_code == 404


def test_it_escapes_what_people_type(url, client, ask) -> None:
    ask(prompt="<script>alert(1)</script>\"'")
    page = client.get(url).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;" in page


def test_it_stops_a_generation(url, client, ask, studio) -> None:
    asked = ask()
    cancel = reverse("pages:cancel", args=[studio.slug, asked.pk])
    assert client.get(cancel).status_code == 405
    assert client.post(cancel, headers=SCRIPT).status_code == 204
    asked.refresh_from_db()
    assert asked.status == "canceled"
    assert "Stopped. Nothing was charged." in client.get(url).content.decode()


def test_it_gives_a_script_the_state_of_a_generation_and_people_the_page(url, client, drawn, studio) -> None:
    generation = drawn(n=2)
    address = reverse("pages:generation", args=[studio.slug, generation.pk])
    fragment = client.get(address, headers=SCRIPT).content.decode()
    assert fragment.count('data-state="done"') == 2
    assert "data-events" not in fragment
    assert client.get(address).url == f"{url}#generation-{generation.pk}"


def test_it_refreshes_itself_without_scripts_while_something_is_drawn(url, client, ask, drawn) -> None:
    drawn()
    assert "http-equiv" not in client.get(url).content.decode()
    ask()
    assert '<noscript><meta http-equiv="refresh"' in client.get(url).content.decode()
