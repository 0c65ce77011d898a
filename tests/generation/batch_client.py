"""A client of /v1/batches."""

import json
from typing import Any

from asgiref.sync import async_to_sync
from django.test import Client

PATH = "/v1/batches"


def line(number: int, **body: Any) -> dict[str, Any]:
    return {
        "custom_id": f"line-{number}",
        "body": {"prompt": f"apple {number}", "size": "256x256", "seed": number} | body,
    }


class Api(Client):
    def __init__(self, key: str) -> None:
        super().__init__(headers={"Authorization": f"Bearer {key}"})

    def send(self, *lines: Any, **headers: str) -> Any:
        return self.post(PATH, {"requests": list(lines)}, content_type="application/json", headers=headers)

    def results(self, batch: str) -> list[dict[str, Any]]:
        async def read(answer: Any) -> bytes:
            return b"".join([chunk async for chunk in answer])

        answer = self.get(f"{PATH}/{batch}/results")
        assert answer.status_code == 200
        return [json.loads(row) for row in async_to_sync(read)(answer).decode().splitlines()]
