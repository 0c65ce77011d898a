"""Whatever happens to page, network or server while a picture is drawn: each is shown once, and none is lost."""

import os
import signal
from collections.abc import Callable

import httpx
from playwright.sync_api import Route, expect

from tests.live import Site
from tests.pages.conftest import PROMPT, Visit

TURN = "() => document.dispatchEvent(new Event('visibilitychange'))"


def begin(visit: Callable[..., Visit]) -> Visit:
    """Somebody before four pictures, the first of which has begun to grow."""
    person = visit()
    person.sign_up()
    person.page.get_by_label("Quality").check()
    person.choose_size("256x256")
    person.create(PROMPT, n=4)
    person.page.locator('[data-recent] [data-state="drawing"]').first.wait_for()
    return person


def shows_each_once(person: Visit) -> None:
    person.wait_until("succeeded")
    expect(person.page.locator("[data-generation]")).to_have_count(1)
    expect(person.newest.locator("[data-box] img")).to_have_count(4)
    places = person.newest.locator(".box-picture").evaluate_all("links => links.map((link) => link.href)")
    assert len(set(places)) == 4


def wait_for_the_server(person: Visit) -> None:
    """Until it has drawn all, which the page need not know."""
    cookies = {cookie["name"]: cookie["value"] for cookie in person.context.cookies()}
    url = person.url + (person.newest.get_attribute("data-url") or "")
    while 'data-state="succeeded"' not in httpx.get(url, cookies=cookies, headers={"HX-Request": "true"}).text:
        person.page.wait_for_timeout(200)


def test_it_finds_what_was_drawn_while_the_network_was_away(visit: Callable[..., Visit]) -> None:
    person = begin(visit)
    person.context.set_offline(True)
    wait_for_the_server(person)
    person.context.set_offline(False)
    shows_each_once(person)


def test_it_goes_on_when_the_server_was_started_anew(visit: Callable[..., Visit], live: Site) -> None:
    person = begin(visit)
    os.kill(live.pids()["web"], signal.SIGKILL)
    live.wait_until_ready(120)
    shows_each_once(person)
    person.page.reload()
    shows_each_once(person)


def test_it_shows_the_same_in_two_tabs_and_after_the_back_button(visit: Callable[..., Visit]) -> None:
    person = visit()
    person.sign_up()
    other = person.context.new_page()
    other.goto(f"{person.base}/create")
    person.page.get_by_label("Quality").check()
    person.choose_size("256x256")
    person.create(PROMPT, n=4)
    person.page.locator("[data-generation]").wait_for()
    for _ in range(2):
        other.evaluate(TURN)
        other.locator("[data-generation]").first.wait_for()
    shows_each_once(person)
    expect(other.locator("[data-recent] [data-box] img")).to_have_count(4)
    expect(other.locator("[data-generation]")).to_have_count(1)
    person.newest.locator(".box-picture").first.click()
    person.page.wait_for_url("**/pictures/*")
    person.page.go_back()
    shows_each_once(person)


def test_it_draws_once_what_was_asked_for_again_after_a_lost_answer(visit: Callable[..., Visit]) -> None:
    person = visit()
    lost: list[int] = []
    person.sign_up()

    def lose_once(route: Route) -> None:
        if route.request.method != "POST" or lost:
            return route.fallback()
        lost.append(route.fetch().status)
        return route.abort()

    person.page.route("**/create", lose_once)
    person.choose_size("256x256")
    person.create(PROMPT, n=4)
    person.page.get_by_text("nothing is drawn or charged twice").wait_for()
    person.page.get_by_role("button", name="Create").click()
    shows_each_once(person)
    person.page.reload()
    shows_each_once(person)
    assert lost == [201]
