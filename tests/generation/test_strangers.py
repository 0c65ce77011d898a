"""Charlie, who is in no workspace but his own, finds nothing of Alice's under any URL that takes an id."""

import pytest
from django_scopes import scope
from django_scopes.exceptions import ScopeError

from accounts.services import api_keys, workspaces
from generation.models import Batch, BatchLine, Bundle, Delivery, Feed, Generation, Hook, Outbox, Picture, Tile
from generation.services import browse, library, outbox, request
from generation.services.search import Wish


@pytest.fixture
def picture(ask, draw) -> Picture:
    draw(ask())
    return Picture.objects.select_related("generation", "workspace").get()


def urls(slug: str, picture: Picture) -> list[tuple[str, str]]:
    base = f"/w/{slug}"
    return [
        ("get", f"{base}/generations/{picture.generation_id}"),
        ("post", f"{base}/generations/{picture.generation_id}/cancel"),
        ("get", f"{base}/pictures/{picture.pk}"),
        ("post", f"{base}/pictures/{picture.pk}/bin"),
        ("get", f"{base}/create?from={picture.generation_id}"),
    ]


def test_it_is_404_for_charlie_in_alices_workspace_and_in_his_own(picture, charlie, client_of) -> None:
    browser = client_of(charlie)
    for slug in (picture.workspace.slug, workspaces.personal(charlie).slug):
        for method, url in urls(slug, picture):
            assert getattr(browser, method)(url).status_code == 404, url
    assert Generation.objects.get().status == "succeeded"


def test_it_is_there_for_bob(picture, bob, client_of) -> None:
    browser = client_of(bob)
    for method, url in urls(picture.workspace.slug, picture):
        assert (getattr(browser, method)(url).status_code < 400) == (method == "get"), url


def test_it_is_not_found_by_the_services_in_another_workspace(picture, charlie) -> None:
    his = workspaces.personal(charlie)
    with scope(workspace=his):
        assert library.stacks(workspace=his, reader=charlie, wish=Wish(), counted={}, limit=9) == []
        with pytest.raises(Generation.DoesNotExist):
            browse.generation(workspace=his, reader=charlie, id=picture.generation_id)
        with pytest.raises(Picture.DoesNotExist):
            browse.picture(workspace=his, reader=charlie, id=picture.pk)


def test_it_is_not_drawn_from_alices_money(api_key, studio, charlie, books) -> None:
    his = workspaces.personal(charlie)
    key, _ = api_keys.create(workspace=his, name="his", created_by=charlie)
    with scope(workspace=his):
        request.submit(workspace=his, requested_by=charlie, source="api", prompt="a cat", mode="speed", api_key=key)
    assert books() == (25_000_000, 0)
    assert not Generation.objects.exists()


@pytest.mark.parametrize("model", [Batch, BatchLine, Bundle, Delivery, Feed, Generation, Hook, Outbox, Picture, Tile])
def test_it_is_closed_without_a_scope(db: None, model) -> None:
    with pytest.raises(ScopeError):
        model.objects.all()


def test_it_flushes_the_messages_of_all_workspaces(ask, charlie, monkeypatch) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "_send_now", lambda pk: False)
        ask()
        his = workspaces.personal(charlie)
        with scope(workspace=his):
            request.submit(workspace=his, requested_by=charlie, source="page", prompt="a cat", mode="speed")
    assert outbox.flush() == 2
