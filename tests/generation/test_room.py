"""The room that pictures take: counted as they come and go, and refused when it is full."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.management import call_command
from django_scopes import scopes_disabled

from billing import plans
from billing.plans import FREE
from generation.models import Generation, Picture, StorageUse
from generation.services import request, room


def total() -> int:
    return sum(Picture.objects.values_list("byte_size", flat=True))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda size: monkeypatch.setattr(plans, "FREE", replace(FREE, storage=size))


def test_it_counts_what_comes_and_goes(ask, studio, draw) -> None:
    assert room.used(studio) == 0
    for n in (2, 1):
        draw(ask(n=n))
    assert room.used(studio) == total() > 0
    Picture.objects.filter(index=1).delete()
    assert room.used(studio) == total() > 0
    Generation.objects.all().delete()
    assert room.used(studio) == 0


def test_a_recount_puts_it_right(ask, studio, draw, capsys) -> None:
    draw(ask(n=2))
    assert room.recount() == []
    StorageUse.objects.update(bytes=7)
    with scopes_disabled():
        call_command("recount_storage")
    assert "1 sums were wrong" in capsys.readouterr().out
    assert room.used(studio) == total()


def test_it_refuses_more_when_it_is_full_and_says_the_way_out(ask, studio, draw, small, credit, api_key) -> None:
    draw(ask())
    small(total())
    with pytest.raises(request.StorageFull, match=r"are full\. An owner can choose a plan with more"):
        ask()
    small(total() + 1)
    ask()


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2 * 10**9, "2 GB"), (12_340_000, "12.3 MB")]
)
def test_it_says_bytes_as_people_read_them(size: int, said: str) -> None:
    assert room.words(size) == said


def test_it_keeps_what_is_paid_by_the_picture(ask, draw, small, credit) -> None:
    draw(ask())
    small(total())
    assert ask(source="api").price_micros
