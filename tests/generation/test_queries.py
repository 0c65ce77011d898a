"""How often a request to /v1 asks the database: more than this is noticed when thousands come."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing import ledger
from tests.generation.conftest import announce

MOST_OF_A_POST = 20
"""With what is in the commit's wake, and with the words of transactions."""

MOST_OF_A_GET = 2


@pytest.fixture
def api(studio, api_key) -> Client:
    announce("quick")
    ledger.grant(workspace=studio, key="test", amount_micros=10_000_000)
    client = Client(headers={"Authorization": f"Bearer {api_key}"})
    # The first one notes that the key is used and looks up the plan.
    post(client)
    return client


def post(client: Client) -> None:
    body = {"prompt": "a red apple", "size": "256x256"}
    assert client.post("/v1/images/generations", body, content_type="application/json").status_code == 200


def said(asked: CaptureQueriesContext) -> str:
    return "\n".join(query["sql"][:160] for query in asked.captured_queries)


def test_a_post_asks_no_more_than_it_must(api: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        post(api)
    assert len(asked) <= MOST_OF_A_POST, said(asked)


def test_a_get_asks_only_for_its_key(api: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert api.get("/v1/models").status_code == 200
    assert len(asked) <= MOST_OF_A_GET, said(asked)
