"""Who submits and waits, as locust's users: one picture after the other, as fast as they are answered."""

from itertools import count

from locust import FastHttpUser, constant, task

_numbers = count()


class Developer(FastHttpUser):
    """`keys` are set by whoever runs it."""

    keys: tuple[str, ...] = ()
    wait_time = constant(0)
    network_timeout = connection_timeout = 60.0

    def on_start(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.keys[next(_numbers) % len(self.keys)]}"}

    @task
    def draw(self) -> None:
        body = {"prompt": "a red apple", "size": "256x256"}
        self.client.post("/v1/images/generations", json=body, headers=self.headers, name="draw")
