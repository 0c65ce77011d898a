"""What is asked for while a workspace shares its data: marked, exported without names, taken back."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import AuditEntry
from billing.models import DataSharing
from billing.signals import sharing_withdrawn
from generation import storage
from generation.models import Generation, Outbox, Picture
from generation.services import shared_data


@pytest.fixture
def shares(studio) -> DataSharing:
    return DataSharing.objects.create(workspace=studio)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "set"


def export(out: Path, *options: str) -> list[dict[str, Any]]:
    with scopes_disabled():
        call_command("export_shared_data", "--out", str(out), *options)
    return [json.loads(line) for line in (out / "pictures.jsonl").read_text().splitlines()]


def files(out: Path) -> set[str]:
    return {f"pictures/{path.name}" for path in (out / "pictures").iterdir()}


def take_back(workspace) -> None:
    DataSharing.objects.update(ended_at=timezone.now(), withdrawn_at=timezone.now())
    sharing_withdrawn.send(sender=DataSharing, workspace=workspace)


def test_it_marks_what_is_asked_for_meanwhile(ask, studio) -> None:
    before = ask()
    sharing = DataSharing.objects.create(workspace=studio)
    during = ask()
    sharing.ended_at = timezone.now()
    sharing.save()
    assert [row.is_data_shared for row in (before, during, ask())] == [False, True, False]


def test_taking_it_back_clears_the_marks_but_not_those_of_a_later_time(ask, studio, shares, monkeypatch) -> None:
    monkeypatch.setattr(shared_data, "BATCH", 2)
    earlier = [ask().pk for _ in range(3)]
    take_back(studio)
    DataSharing.objects.create(workspace=studio)
    later = ask().pk
    assert shared_data.withdraw(studio) == 3
    assert not Outbox.objects.filter(task=shared_data.WITHDRAW).exists(), "the message was sent"
    marked = set(Generation.objects.filter(is_data_shared=True).values_list("pk", flat=True))
    assert (marked, len(earlier)) == ({later}, 3)


def test_the_data_set_has_pictures_and_no_names(ask, studio, alice, shares, draw, out) -> None:
    draw(ask(n=2, seed=7, prompt="푸른 하늘"))
    lines = export(out)
    picture = Picture.objects.get(index=1)
    (line,) = [line for line in lines if line["id"] == str(picture.pk)]
    assert line | {"workspace": ""} == {
        "id": str(picture.pk), "file": f"pictures/{picture.pk}.png", "prompt": "푸른 하늘", "mode": "speed",
        "size": "256x256", "seed": 8, "model": "quick", "workspace": "",
    }  # fmt: skip
    assert (out / line["file"]).read_bytes() == storage.read_png(picture)
    text = (out / "pictures.jsonl").read_text()
    assert all(name not in text for name in (str(studio.pk), studio.slug, alice.email, str(alice.pk)))
    with scopes_disabled():
        entry = AuditEntry.objects.get(action="sharing.exported")
    assert (entry.workspace, entry.detail["pictures"]) == (studio, 2)


def test_it_goes_on_after_a_crash_and_writes_nothing_twice(ask, shares, draw, out) -> None:
    draw(ask(n=3))
    first = export(out)
    lines = (out / "pictures.jsonl").read_text().splitlines(keepends=True)
    (out / "pictures.jsonl").write_text(lines[0] + lines[1][:20])
    assert sorted(line["id"] for line in export(out)) == sorted(line["id"] for line in first)
    assert files(out) == {line["file"] for line in first}
    with scopes_disabled():
        counts = AuditEntry.objects.filter(action="sharing.exported").order_by("pk").values_list("detail", flat=True)
        assert [detail["pictures"] for detail in counts] == [3, 2]


def test_what_was_taken_back_leaves_the_data_set(ask, studio, shares, draw, out) -> None:
    draw(ask(n=2))
    assert len(export(out)) == 2
    # Before the marks are cleared.
    take_back(studio)
    assert (export(out), files(out)) == ([], set())


def test_days_and_folders_that_are_none_are_refused(out, tmp_path, ask, shares, draw) -> None:
    draw(ask())
    assert export(out, "--since", "2999-01-01") == []
    with pytest.raises(CommandError, match="is not a day"):
        export(out, "--since", "yesterday")
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError):
        export(tmp_path / "file")
