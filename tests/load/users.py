"""Who uses the API, as locust's users: one request after the other, as fast as they are answered."""

from itertools import count

from locust import FastHttpUser, constant, task

_numbers = count()


class Developer(FastHttpUser):
    """Submits and waits. `keys` are set by whoever runs it."""

    keys: tuple[str, ...] = ()
    wait_time = constant(0)
    network_timeout = connection_timeout = 60.0

    def on_start(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.keys[next(_numbers) % len(self.keys)]}"}

    @task
    def draw(self) -> None:
        body = {"prompt": "a red apple", "size": "256x256"}
        self.client.post("/v1/images/generations", json=body, headers=self.headers, name="draw")


class Poller(Developer):
    """Only asks, as for what the key has spent."""

    @task
    def draw(self) -> None:
        self.client.get("/v1/usage", headers=self.headers, name="poll")
