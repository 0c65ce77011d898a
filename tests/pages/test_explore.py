"""Explore: pictures that their makers show to everybody, and take back."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import AuditEntry, User
from accounts.services.rights import Refused
from generation.models import Generation, Picture
from generation.services import explore, sharing
from tests.pages.conftest import PROMPT


@pytest.fixture
def picture(drawn):
    return drawn(n=1).pictures.get()


@pytest.fixture
def published(picture, alice) -> Picture:
    return explore.publish(picture=picture, by=alice, names_maker=False)


def is_seen(picture: Picture) -> bool:
    found = [Client().get("/explore").content.decode().count(str(picture.pk)), Client().get(at(picture)).status_code]
    assert found in ([1, 200], [0, 404])
    return found[0] == 1


def at(picture: Picture, rest: str = "") -> str:
    return f"/explore/{picture.pk}{rest}"


def test_it_shows_a_picture_and_takes_it_back(client_of, picture, studio, alice) -> None:
    client, page = client_of(alice), f"/w/{studio.slug}/pictures/{picture.pk}"
    assert not is_seen(picture)
    client.post(f"{page}/publish", {"publish": "1"})
    assert is_seen(picture)
    assert "Everybody sees it" in client.get(page).content.decode()
    body = Client().get(at(picture)).content.decode()
    assert PROMPT in body
    assert not {word for word in ("Alice", alice.email, "Atelier") if word in body}
    client.post(f"{page}/publish", {"publish": "1", "name": "on"})
    assert "Alice" in Client().get(at(picture)).content.decode()
    client.post(f"{page}/publish", {"publish": "0"})
    assert not is_seen(picture)
    actions = list(AuditEntry.objects.filter(action__startswith="picture.").values_list("action", flat=True))
    assert sorted(actions) == ["picture.published", "picture.unpublished"]


def test_it_shows_only_ones_own_that_are_shared(client_of, picture, studio, alice, bob) -> None:
    with pytest.raises(PermissionDenied):
        explore.publish(picture=picture, by=bob, names_maker=False)
    assert client_of(bob).post(f"/w/{studio.slug}/pictures/{picture.pk}/publish").status_code == 403
    Generation.objects.update(is_shared=False)
    with pytest.raises(Refused, match="Only you see"):
        explore.publish(picture=picture, by=alice, names_maker=False)


def test_it_is_gone_at_once(published, alice) -> None:
    sharing.share(generation=published.generation, by=alice, is_shared=False)
    assert not is_seen(published)
    sharing.share(generation=published.generation, by=alice, is_shared=True)
    assert not is_seen(published)
    explore.publish(picture=published, by=alice, names_maker=False)
    Picture.objects.update(deleted_at=timezone.now())
    assert not is_seen(published)
    Picture.objects.update(deleted_at=None)
    assert is_seen(published)
    User.objects.filter(pk=alice.pk).update(deletion_due_at=timezone.now())
    assert not is_seen(published)


def test_it_goes_on_and_searches(drawn, alice, monkeypatch) -> None:
    monkeypatch.setattr("generation.pages.explore.PAGE", 2)
    for prompt in ("a blue car", "a blue boat", "a red boat"):
        explore.publish(picture=drawn(prompt=prompt, n=1).pictures.get(), by=alice, names_maker=False)

    def prompts(query: str) -> list[str]:
        body = Client().get(f"/explore?{query}").content.decode()
        return [prompt for prompt in ("a red boat", "a blue boat", "a blue car") if f'alt="{prompt}"' in body]

    assert prompts("") == ["a red boat", "a blue boat"]
    last = Picture.objects.get(generation__prompt="a blue boat").pk
    assert prompts(f"after={last}") == ["a blue car"]
    assert prompts("q=boat+BLUE") == ["a blue boat"]
    assert prompts("q=%00'%25_\\") == []
    assert Client().get("/explore?after=x").status_code == 404


def test_it_costs_as_many_queries_however_many_there_are(drawn, alice, django_assert_num_queries) -> None:
    for one in [*drawn(n=4).pictures.all(), *drawn(n=2).pictures.all()]:
        explore.publish(picture=one, by=alice, names_maker=True)
    with scopes_disabled(), django_assert_num_queries(1):
        assert len(explore.newest(limit=10)) == 6


def test_it_is_remixed_by_a_member(client_of, published, bob) -> None:
    client = client_of(bob)
    answer = client.post(at(published, "/remix"), follow=True)
    form = answer.context["form"]
    assert [form[name].value() for name in ("prompt", "mode", "size")] == [PROMPT, "speed", "256x256"]
    gone = client.get(answer.redirect_chain[-1][0].replace(str(published.pk), "x"))
    assert gone.status_code == 200
    assert gone.context["form"]["prompt"].value() != PROMPT


def test_it_is_remixed_by_a_visitor_who_signs_up(published) -> None:
    client = Client()
    assert client.post(at(published, "/remix")).headers["Location"] == "/accounts/signup/"
    new = {"email": "new@example.org", "password1": "correct horse battery"}
    answer = client.post("/accounts/signup/", new, follow=True)
    assert answer.redirect_chain[-1][0].endswith("/create")
    assert answer.context["form"]["prompt"].value() == PROMPT


def test_it_hangs_on_the_front_page(published) -> None:
    body = Client().get("/").content.decode()
    assert "Made by people here" in body
    assert "$700.00" in body
    assert str(published.pk) in body
