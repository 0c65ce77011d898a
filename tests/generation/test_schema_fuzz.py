"""The served schema holds: what is sent by it, and against it, is answered as it says, to each what is theirs."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.services import api_keys, workspaces
from billing import ledger
from generation.services import request
from generation.serving import dispatch
from tests.generation.conftest import announce
from tests.load import fuzz
from tests.load.stored import Stored

EACH = 16
SECRET = "zanzibar-lighthouse"


@pytest.fixture
def drawn_at_once(studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(dispatch, "LOOK_SECONDS", 0.02)
    over = threading.Event()

    def keep_announced() -> None:
        while not over.wait(3):
            announce(Stored.name)

    announce(Stored.name)
    dispatcher = dispatch.Dispatcher(Stored(), worker="stored")
    herald = threading.Thread(target=keep_announced)
    herald.start()
    dispatcher.start()
    yield
    over.set()
    herald.join()
    dispatcher.stop(finish_seconds=1)
    dispatcher.join()


@pytest.mark.usefixtures("drawn_at_once")
def test_it_holds_for_owner_member_stranger_and_nobody(studio, alice, bob, charlie, server: str, settings: Any) -> None:
    settings.AURORA_REQUESTS_A_MINUTE = dict.fromkeys(settings.AURORA_REQUESTS_A_MINUTE, 0)
    settings.AURORA_REQUESTS_AN_ADDRESS = 0
    ledger.grant(workspace=studio, key="fuzz", amount_micros=900_000_000)
    asked = request.submit(workspace=studio, requested_by=alice, source="page", prompt=SECRET, mode="speed")
    owned = api_keys.create(workspace=studio, name=SECRET, created_by=alice)[1]
    member = api_keys.create(workspace=studio, name="Bob", created_by=bob)[1]
    strange = api_keys.create(workspace=workspaces.personal(charlie), name="Charlie", created_by=charlie)[1]
    hidden = (SECRET, str(studio.pk), str(asked.pk), studio.slug)
    people = [
        fuzz.Person("owner", owned),
        fuzz.Person("member", member),
        fuzz.Person("stranger", strange, hidden),
        fuzz.Person("nobody", None, hidden),
    ]
    report = fuzz.run(url=server, people=people, each=EACH, things=[str(asked.pk), str(studio.pk)])
    assert report.wrong == [], str(report)
    # Both sides were tried: what is drawn, and what is refused.
    assert report.statuses["owner"][200] >= EACH // 2 and report.statuses["owner"][400] >= EACH
    # An id that is none leads to no route, which is 404 for whoever asks.
    assert set(report.statuses["nobody"]) <= {200, 401, 404}
