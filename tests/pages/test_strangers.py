"""Nobody but members gets anything below a workspace's address."""

import uuid

import pytest
from django.urls import reverse

from generation.pages.urls import urlpatterns

FEED = ["feed", "feed_read", "feed_prompt", "feed_skip", "feed_pause", "feed_end"]
PICTURE = ["picture", "download", "edit_region", "vary", "mark", "bin", "restore", "publish", "report"]
ROUTES = {route.name: route for route in urlpatterns if str(route.pattern).startswith("w/")}
INSIDE = list(ROUTES)


def address(name: str, slug: str, pk: uuid.UUID) -> str:
    takes = {part: slug if part == "slug" else pk for part in ROUTES[name].pattern.converters}
    return reverse(f"pages:{name}", kwargs=takes)


def pk_for(name: str, generation) -> uuid.UUID:
    from generation.services import feeds

    if name in FEED:
        opened = feeds.open_feed(workspace=generation.workspace, person=generation.requested_by, prompt="a cat")
        return opened.pk
    found: uuid.UUID = generation.pictures.get().pk if name in PICTURE else generation.pk
    return found


@pytest.mark.parametrize("name", INSIDE)
def test_it_shows_charlie_nothing(name: str, studio, drawn, client_of, charlie) -> None:
    url = address(name, studio.slug, pk_for(name, drawn()))
    assert client_of(charlie).get(url).status_code == 404
    assert client_of(charlie).post(url, {"prompt": "a cat", "mode": "speed"}).status_code == 404


@pytest.mark.parametrize("name", ["generation", "cancel", "share", "retry", *PICTURE, *FEED])
def test_it_finds_no_foreign_ids_in_charlies_own_workspace(name: str, studio, drawn, client_of, charlie) -> None:
    from accounts.services import workspaces

    own = workspaces.personal(charlie)
    url = address(name, own.slug, pk_for(name, drawn()))
    client = client_of(charlie)
    reads = name in ("generation", "feed", "picture", "download", "edit_region", "report")
    assert (client.get(url) if reads else client.post(url, {"prompt": "a dog"})).status_code == 404


@pytest.mark.parametrize("name", FEED)
def test_it_leaves_a_feed_to_its_reader_alone(name: str, studio, drawn, client_of, bob) -> None:
    url = address(name, studio.slug, pk_for(name, drawn()))
    client = client_of(bob)
    assert (client.get(url) if name == "feed" else client.post(url, {"prompt": "a dog"})).status_code == 404


def test_it_copies_no_foreign_prompt_and_pages_by_no_foreign_picture(studio, drawn, client_of, charlie) -> None:
    from accounts.services import workspaces

    generation = drawn()
    own, client = workspaces.personal(charlie), client_of(charlie)
    picture = generation.pictures.get()
    assert client.get(reverse("pages:create", args=[own.slug]), {"from": generation.pk}).status_code == 404
    assert (
        client.get(reverse("pages:gallery", args=[own.slug]), {"request": generation.pk})
        .content.decode()
        .count(str(picture.pk))
        == 0
    )


@pytest.mark.parametrize("name", INSIDE)
def test_it_sends_visitors_to_log_in(name: str, studio, client) -> None:
    answer = client.get(address(name, studio.slug, uuid.uuid4()))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))
