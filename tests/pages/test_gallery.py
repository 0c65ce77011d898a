"""The gallery."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.services import marking

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def url(studio) -> str:
    return reverse("pages:gallery", args=[studio.slug])


@pytest.fixture
def client(client_of, bob):
    """Bob's: a member sees what Alice made."""
    return client_of(bob)


def pictures(page: str) -> list[str]:
    return re.findall(r'class="shot-picture" href="[^"]*/pictures/([^"]+)"', page)


def test_it_shows_pictures_newest_first_with_what_made_them(url, client, drawn) -> None:
    old, new = drawn(seed=5), drawn(seed=9, n=2, mode="quality")
    page = client.get(url).content.decode()
    newest = [str(picture.pk) for picture in new.pictures.order_by("index")]
    assert pictures(page) == [*newest, str(old.pictures.get().pk)]
    for words in ("Quality", "Speed", "256 × 256", "Alice", old.prompt):
        assert words in page
    assert 'loading="lazy"' in page
    assert 'width="256" height="256"' in page
    assert page.count('class="day-name"') == 1


def test_it_stacks_the_pictures_of_one_request(url, client, drawn) -> None:
    made = drawn(n=3, mode="quality")
    page = client.get(url).content.decode()
    assert f'href="?request={made.pk}"' in page
    assert page.count(f'data-behind="{made.pk}" hidden') == 2
    assert ",".join(str(one.pk) for one in made.pictures.order_by("index")) in page
    apart = client.get(f"{url}?request={made.pk}").content.decode()
    assert "data-behind" not in apart
    assert len(pictures(apart)) == 3


def test_it_goes_on_where_the_page_ended(url, client, drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    from generation.pages import gallery

    monkeypatch.setattr(gallery, "PAGE", 2)
    for _ in range(5):
        drawn()
    seen: list[str] = []
    query = ""
    while True:
        page = client.get(url + query, headers=SCRIPT if query else {}).content.decode()
        # The day is named once, on the first page.
        assert page.count('class="day-name"') == (0 if query else 1)
        seen += pictures(page)
        more = re.search(r'hx-get="(\?before=[^"]+)"', page)
        if not more:
            break
        query = more[1]
    assert len(seen) == len(set(seen)) == 5


def test_it_asks_the_database_no_more_for_many_pictures(url, client, drawn, bob) -> None:
    drawn(n=2)
    client.get(url)  # what the site announces is remembered from here on
    with CaptureQueriesContext(connection) as few:
        client.get(f"{url}?q=apple&rating=0")
    for _ in range(6):
        marking.rate(drawn(n=2).pictures.first(), bob, 4)
    with CaptureQueriesContext(connection) as many:
        assert len(pictures(client.get(f"{url}?q=apple&rating=0").content.decode())) == 14
    assert len(many) == len(few) <= 27


def test_it_starts_with_prompts_that_work(url, client) -> None:
    from generation.pages.prompts import STARTERS

    page = client.get(url).content.decode()
    assert "Pictures appear here" in page
    assert all(prompt in page for prompt in STARTERS)


@pytest.mark.parametrize("query", ["?before=nonsense", "?before=ffffffffffffffff-0", "?at=2026-13", "?at=x"])
def test_it_knows_no_such_place(query: str, url, client) -> None:
    assert client.get(url + query).status_code == 404


def test_it_names_what_came_over_the_api(url, client, drawn) -> None:
    from generation.models import Generation

    Generation.objects.filter(pk=drawn().pk).update(source="api")
    assert "Alice, by API" in client.get(url).content.decode()
