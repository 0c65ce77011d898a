"""One more time: variations by a click, and another try of what did not come to its end."""

from typing import Any

import pytest
from django.urls import reverse

from generation.models import Generation
from tests.pages.conftest import PROMPT

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def client(client_of, alice):
    return client_of(alice)


def url(name: str, studio: Any, thing: Any) -> str:
    return reverse(f"pages:{name}", args=[studio.slug, thing.pk])


def test_it_varies_a_picture_after_its_own_words(studio, drawn, client) -> None:
    picture = drawn(mode="quality", n=1, guidance=4, negative="snow").pictures.get()
    answer = client.post(url("vary", studio, picture), {"strength": "strong"}, headers=SCRIPT)
    made = Generation.objects.get(change="strong")
    assert answer.status_code == 201
    assert f'data-generation="{made.pk}"' in answer.content.decode()
    assert (made.prompt, made.mode, made.n, made.size) == (PROMPT, "quality", 4, picture.size)
    assert made.reference
    assert made.reference.picture == picture
    assert (made.guidance, made.negative) == (4, "snow")


def test_it_leads_people_to_the_variations(studio, drawn, client) -> None:
    picture = drawn().pictures.get()
    answer = client.post(url("vary", studio, picture), {"strength": "subtle"})
    assert answer.url.endswith(f"create#generation-{Generation.objects.get(change='subtle').pk}")


def test_it_says_why_nothing_was_varied(studio, drawn, client) -> None:
    picture = drawn().pictures.get()
    address = url("vary", studio, picture)
    assert client.post(address, {"strength": "wild"}, headers=SCRIPT).status_code == 422
    answer = client.post(address, {"strength": "wild"}, follow=True)
    assert "Choose how much changes" in answer.content.decode()
    assert not Generation.objects.exclude(change="").exists()


def test_it_varies_no_private_picture_of_others(studio, drawn, client_of, bob) -> None:
    picture = drawn(share=False).pictures.get()
    assert client_of(bob).post(url("vary", studio, picture), {"strength": "subtle"}).status_code == 404


def test_it_keeps_variations_of_what_is_private_private(studio, drawn, client) -> None:
    picture = drawn(share=False).pictures.get()
    client.post(url("vary", studio, picture), {"strength": "subtle"})
    assert not Generation.objects.get(change="subtle").is_shared


def test_it_tries_again_with_the_same_settings(studio, ask, client) -> None:
    first = ask(mode="quality", n=2, seed=7, variety=0.5)
    assert client.post(url("retry", studio, first), headers=SCRIPT).status_code == 422
    client.post(url("cancel", studio, first))
    assert "Try again" in client.get(reverse("pages:create", args=[studio.slug])).content.decode()
    answer = client.post(url("retry", studio, first), headers=SCRIPT)
    second = Generation.objects.get(status="queued")
    assert answer.status_code == 201
    assert (second.prompt, second.n, second.seed, second.variety) == (PROMPT, 2, 7, 0.5)


def test_it_leaves_another_try_to_the_maker(studio, ask, client_of, bob) -> None:
    first = ask()
    Generation.objects.update(status="failed")
    assert client_of(bob).post(url("retry", studio, first)).status_code == 403
