"""A studio with pictures in it for views, and a real browser for what only a browser shows."""

import io
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scope

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PROMPT = "a red apple on the left on green grass"


@pytest.fixture
def studio(transactional_db: None, workspace) -> Iterator:
    """The workspace, in whose scope the test runs, with commits that are real."""
    with scope(workspace=workspace):
        yield workspace


@pytest.fixture
def ask(studio, alice) -> Callable:
    """`ask(n=2)` submits a request of Alice's."""
    from generation.services import request

    def submit(*, by=alice, **changes: Any):
        values = {"source": "page", "prompt": PROMPT, "mode": "speed", "size": "256x256"} | changes
        return request.submit(workspace=studio, requested_by=by, **values)

    return submit


@pytest.fixture
def drawn(ask) -> Callable:
    """`drawn(n=2)` is a generation whose pictures are finished and stored."""
    from generation.models import Generation
    from generation.services import deliver, lease

    def draw(**changes: Any):
        asked = ask(**changes)
        # Before all others in line.
        Generation.objects.filter(pk=asked.pk).update(turn=-1)
        generation = lease.claim_next(worker="test", model="test-model")
        assert generation
        assert generation == asked
        for index in range(generation.n):
            seed = generation.seed_of(index)
            deliver.deliver_picture(
                generation=generation, index=index, seed=seed, png=_png(index), seconds=1.5, positions=256
            )
        lease.finish(generation=generation, status=generation.Status.SUCCEEDED)
        generation.refresh_from_db()
        return generation

    return draw


def _png(index: int) -> bytes:
    from PIL import Image

    target = io.BytesIO()
    Image.new("RGB", (256, 256), (40 * index, 120, 90)).save(target, "PNG")
    return target.getvalue()


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """One browser a module. A module that uses it touches no database itself: Playwright runs an event loop here."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed; CHROMIUM can name another one")
    from playwright.sync_api import expect, sync_playwright

    # As long as the pages' own waiting: a busy machine is slow, not wrong.
    expect.set_options(timeout=120_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A person's browser: its pages, and what went wrong on their consoles (CSP violations too)."""

    def __init__(self, browser, url: str, **options: Any) -> None:
        self.url = url
        self.base = ""
        self.context = browser.new_context(base_url=url, **{"viewport": {"width": 1280, "height": 800}} | options)
        self.context.set_default_timeout(120_000)
        self.complaints: list[str] = []
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    def sign_up(self, prompt: str = "") -> None:
        """From the landing page to the create page, as a newcomer; `base` is then the workspace's address."""
        page = self.page
        page.goto("/")
        page.get_by_label("Describe a picture").fill(prompt)
        page.get_by_role("button", name="Create").click()
        page.get_by_label("Email").fill(f"{uuid.uuid4().hex[:12]}@example.org")
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Sign up").click()
        page.wait_for_url("**/w/*/create")
        self.base = page.url.removesuffix("/create")

    def choose_size(self, size: str) -> None:
        self.page.locator("[data-shapes] summary").click()
        self.page.locator(f'[name="size"][value="{size}"]').check()
        self.page.keyboard.press("Escape")

    def create(self, prompt: str, *, mode: str = "Quality", n: int = 1) -> None:
        page = self.page
        page.get_by_label(mode).check()
        page.get_by_label("Number of pictures").select_option(str(n))
        page.get_by_label("Prompt", exact=True).fill(prompt)
        page.get_by_role("button", name="Create").click()

    def open_feed(self, prompt: str) -> None:
        """From the create page, in Speed."""
        page = self.page
        page.get_by_label("Speed").check()
        page.get_by_label("Prompt", exact=True).fill(prompt)
        page.get_by_role("button", name="Create").click()
        page.wait_for_url("**/feeds/*")

    @property
    def newest(self):
        """The newest generation on the create page."""
        return self.page.locator("[data-generation]").first

    def wait_until(self, state: str) -> None:
        self.page.locator(f'[data-recent] > :first-child[data-state="{state}"]').wait_for()


@pytest.fixture
def visit(chromium, live) -> Iterator[Callable[..., Visit]]:
    """`visit()` is a new person's browser at the real site."""
    visits: list[Visit] = []

    def begin(**options: Any) -> Visit:
        visits.append(Visit(chromium, live.url, **options))
        return visits[-1]

    yield begin
    for done in visits:
        done.context.close()


@pytest.fixture(scope="module")
def artist(chromium, live) -> Iterator[Visit]:
    """Someone with an account and a finished generation of four, shared by a module's tests."""
    visit = Visit(chromium, live.url)
    visit.sign_up()
    visit.create("푸른 하늘 아래 사과 a red apple on the left", mode="Quality", n=4)
    visit.wait_until("succeeded")
    yield visit
    visit.context.close()
