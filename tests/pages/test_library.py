"""Searching and filtering the gallery, its dates, and what is done with selected pictures."""

import json
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from generation.models import Generation, Mark, Picture, Tile
from generation.services import bin as picture_bin
from generation.services import marking

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def url(studio) -> str:
    return reverse("pages:gallery", args=[studio.slug])


@pytest.fixture
def do(studio, client_of, alice):
    """`do("bin", [picture])` presses a button of the bar, as Alice unless told otherwise; the answer."""

    def press(what: str, pictures, *, by=alice, **more):
        sent = {"do": what, "picture": [",".join(str(picture.pk) for picture in pictures)], **more}
        return client_of(by).post(reverse("pages:chosen", args=[studio.slug]), sent, headers=SCRIPT)

    return press


@pytest.fixture
def found(url, client_of, alice):
    """`found("q=cat")` are the prompts that Alice is shown."""
    browser = client_of(alice)

    def ask(query: str) -> list[str]:
        page = browser.get(f"{url}?{quote(query, safe='=&+%')}")
        assert page.status_code == 200
        return re.findall(r'alt="([^"]*)" loading', page.content.decode().replace("&#x27;", "'"))

    return ask


def test_it_finds_prompts_by_words_and_their_beginnings(drawn, found) -> None:
    prompt = "it's a green apple, half-timbered: 푸른 하늘 아래 사과가"
    drawn(prompt=prompt)
    for query in (
        "apples", "app", "APPLE green", "사과", "사과가 푸른", "!!", "'", "it's", "\\", ":*%26|", "half-tim", "%00",
    ):  # fmt: skip
        assert found(f"q={query}") == [prompt], query
    for query in ("pple", "apple boat", "과", "boat"):
        assert found(f"q={query}") == [], query


def test_it_filters_by_what_made_a_picture_and_what_one_thinks_of_it(drawn, found, alice, bob, studio) -> None:
    one, two = drawn(prompt="one", seed=7), drawn(prompt="two", by=bob, mode="quality", n=2)
    Generation.objects.filter(pk=two.pk).update(change="edit")
    picture = two.pictures.get(index=1)
    marking.rate(picture, alice, 4)
    marking.favourite(picture, alice, True)
    marking.rate(one.pictures.get(), bob, 5)
    Picture.objects.filter(pk=picture.pk).update(tags=["sea side"])
    for query, expected in {
        "mode=speed": ["one"], "mode=quality": ["two", "two"], "seed=7": ["one"], "seed=8": [],
        f"by={alice.pk}": ["one"], f"by={bob.pk}": ["two", "two"], "size=256x256": ["two", "two", "one"],
        "size=512x512": [], "model=test-model": ["two", "two", "one"], "model=x": [], "rating=4": ["two"],
        "rating=5": [], "favourite=on": ["two"], "tag=Sea+side": ["two"], "tag=sea": [], "since=2000-01-01": 3,
        "until=2000-01-01": [], "at=2000-01": [], f"request={one.pk}": ["one"], "favourite=on&q=one": [],
        "change=strong": [], "change=any": [], "request=7d3f0b36-0000-4000-8000-000000000000": [],
    }.items():  # fmt: skip
        got = found(query)
        assert (len(got) == expected) if isinstance(expected, int) else (got == expected), query


def test_it_says_what_is_wrong_with_a_filter_and_shows_the_rest(drawn, found, url, client_of, alice) -> None:
    drawn(prompt="one")
    for query in ("seed=abc", "seed=-1", "since=yesterday", "rating=9", "size=1x1", "mode=slow", "by=x", "request=x"):
        assert found(query) == ["one"], query
        says = 'class="errorlist"' in client_of(alice).get(f"{url}?{query}").content.decode()
        assert says or query in ("mode=slow", "by=x", "request=x"), query


def test_it_shows_others_private_pictures_in_no_search_and_on_no_day(drawn, found, url, client_of, alice, bob) -> None:
    drawn(prompt="secret cat", by=bob, share=False)
    assert found("q=secret") == found("") == found(f"by={bob.pk}") == found("mode=speed") == []
    assert 'class="timeline"' not in client_of(alice).get(url).content.decode()
    Generation.objects.update(is_shared=True)
    assert found("q=secret") == ["secret cat"]


def test_it_leads_to_days_and_keeps_the_filters(drawn, found, url, client_of, alice) -> None:
    old, new = drawn(prompt="old"), drawn(prompt="new")
    past = timezone.now() - timedelta(days=70)
    with_tile = Tile.objects.filter(generation=old.pk)
    Generation.objects.filter(pk=old.pk).update(created_at=past)
    with_tile.update(created_at=past)
    month = f"{past:%Y-%m}"
    page = client_of(alice).get(f"{url}?q=old").content.decode()
    assert f'href="?at={month}&amp;q=old"' in page
    assert found(f"at={month}") == ["old"]
    assert found(f"at={past:%Y-%m-%d}") == ["old"]
    assert found(f"at={timezone.now():%Y-%m-%d}") == ["new", "old"]
    assert new.prompt not in found(f"until={past:%Y-%m-%d}")


def test_it_deletes_what_is_selected_and_takes_it_back(do, drawn, found, studio, bob) -> None:
    pictures = [*drawn(n=2, mode="quality").pictures.all(), drawn().pictures.get()]
    told = do("bin", pictures).json()
    assert (told["said"], told["undo"], len(told["ids"])) == ("3 pictures moved to the bin.", True, 3)
    assert found("") == []
    assert len(do("restore", pictures).json()["ids"]) == 3
    refused = do("bin", pictures, by=bob)
    assert refused.status_code == 422
    assert "Others made these" in refused.json()["error"]
    assert len(found("")) == 3
    do("bin", pictures)
    assert do("delete", pictures).json()["said"] == "3 pictures deleted for good."
    assert not Picture.objects.exists()


def test_it_offers_undo_without_scripts_too(drawn, url, client_of, alice, studio) -> None:
    picture, browser = drawn().pictures.get(), client_of(alice)
    answer = browser.post(reverse("pages:bin", args=[studio.slug, picture.pk]))
    assert answer.headers["Location"] == url
    assert "1 picture moved to the bin." in browser.get(url).content.decode()
    assert "moved to the bin." not in browser.get(url).content.decode()
    browser.post(reverse("pages:chosen", args=[studio.slug]), {"do": "restore", "picture": picture.pk})
    assert Picture.there.exists()


def test_it_tags_shares_and_marks_what_is_selected(do, drawn, found, alice, bob) -> None:
    pictures = [drawn().pictures.get(), drawn(by=bob).pictures.get()]
    assert do("tag", pictures, tag=" #Sea  Side ").json()["said"] == "2 pictures tagged “sea side”."
    assert len(found("tag=sea side")) == 2
    assert do("untag", pictures[:1], tag="sea side").status_code == 200
    assert len(found("tag=sea side")) == 1
    for tag in ("", "a,b", "x" * 41, "a\x07b"):
        assert do("tag", pictures, tag=tag).status_code == 422
    assert do("favourite", pictures).status_code == 200
    assert len(found("favourite=on")) == 2
    assert do("unfavourite", pictures).status_code == 200
    assert "1 that others made" in do("private", pictures).json()["said"]
    assert not Generation.objects.get(requested_by=alice).is_shared
    assert do("private", pictures[:1], by=bob).status_code == 422
    assert do("download", pictures).json()["url"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"do": "x"}, 400),
        ({"do": "bin"}, 422),
        ({"do": "bin", "picture": "x"}, 400),
        ({"do": "bin", "picture": ""}, 400),
    ],
)
def test_it_refuses_what_makes_no_sense(sent: dict, status: int, studio, client_of, alice) -> None:
    answer = client_of(alice).post(reverse("pages:chosen", args=[studio.slug]), sent, headers=SCRIPT)
    assert answer.status_code == status


def test_it_marks_a_picture_for_its_reader_alone(drawn, studio, client_of, alice, bob) -> None:
    picture = drawn().pictures.get()
    url = reverse("pages:mark", args=[studio.slug, picture.pk])
    answer = client_of(bob).post(url, {"rating": "5", "favourite": "1"}, headers=SCRIPT)
    assert answer.status_code == 204
    told = {"picture": str(picture.pk), "rating": 5, "favourite": True}
    assert json.loads(answer.headers["HX-Trigger"]) == {"marked": told}
    assert client_of(bob).post(url, {"rating": "0"}, headers={"Accept": "application/json"}).json()["favourite"]
    assert client_of(bob).post(url, {"favourite": "0"}).status_code == 302
    mark = Mark.objects.get()
    assert (mark.person, mark.rating, mark.is_favourite) == (bob, 0, False)
    for wrong in ({}, {"rating": "6"}, {"rating": "-1"}, {"rating": "x"}, {"favourite": "maybe"}):
        assert client_of(alice).post(url, wrong).status_code == 400


def test_it_keeps_strangers_out(drawn, studio, client_of, charlie) -> None:
    picture, browser = drawn().pictures.get(), client_of(charlie)
    for name in ("mark", "bin", "restore"):
        assert (
            browser.post(reverse(f"pages:{name}", args=[studio.slug, picture.pk]), {"rating": "1"}).status_code == 404
        )
    sent = {"do": "bin", "picture": picture.pk}
    own = charlie.memberships.get().workspace.slug if charlie.memberships.exists() else ""
    assert browser.post(reverse("pages:chosen", args=[studio.slug]), sent).status_code == 404
    if own:
        assert browser.post(reverse("pages:chosen", args=[own]), sent, headers=SCRIPT).status_code == 422
    with scope(workspace=studio):
        assert Picture.there.exists()
        assert picture_bin.contents(workspace=studio, reader=charlie) == []
