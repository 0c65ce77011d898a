"""Prompts and pictures that are not allowed: refused in time, kept back, never charged."""

import openai
import pytest
from django.test import Client, override_settings
from django_scopes import scopes_disabled

from accounts.models import AuditEntry
from accounts.services import making
from billing.models import Transaction
from generation.models import Batch, BatchLine, Feed, Generation, Picture, Verdict
from generation.services import admit, batch_feeder, feeds, request
from generation.services.moderation import book, decide, matching, rules
from tests.generation.conftest import announce

REASON = "Weapons are not drawn here."
IMAGE = 70_000
SLOW = "(?:a|aa|aaa)*[bc]"


@pytest.mark.parametrize(
    ("words", "prompt", "is_in"),
    [
        ("gun", "a Gun on a table", True),
        ("gun", "a begun journey, gunny sacks", False),
        ("gun", "ｇｕｎ", True),
        ("gun", "g\u200bun", True),
        ("straße", "die STRASSE", True),
        ("hand gun", "a hand \n gun", True),
        ("c++", "he writes c++ here", True),
        ("총", "총을 든 사람", True),
        ("총", "총", True),
        ("총", "총장님의 초상", False),
        ("권총", "큰권총", False),
    ],
)
def test_it_finds_whole_words(words: str, prompt: str, is_in: bool) -> None:
    assert matching.finder("words", words)(matching.fold(prompt)) is is_in


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a*b?)*", "((a+))+", r"(a)\1", "(", "", "a{1,}{2,}"])
def test_it_takes_no_expression_that_may_not_end(pattern: str) -> None:
    with pytest.raises(matching.Unusable):
        matching.check("expression", pattern)


def test_it_gives_up_in_time() -> None:
    find = matching.finder("expression", SLOW)
    with pytest.raises(matching.TooSlow):
        find("a" * 900)


def test_what_could_not_be_read_in_time_is_looked_at_by_people(rule, ask) -> None:
    rule(SLOW, kind="expression")
    made = ask(prompt="a" * 900)
    assert (made.status, Verdict.objects.get().decision, Verdict.objects.get().state) == ("queued", "flag", "open")


def test_it_draws_and_charges_nothing_of_a_blocked_prompt(rule, ask, credit, books) -> None:
    made_by = rule()
    made = ask(source="api", prompt="A GUN")
    assert (made.status, made.error_code, made.error_message) == ("blocked", "moderation_blocked", REASON)
    assert made.finished_at
    assert books() == (1_000_000, 0)
    verdict = Verdict.objects.get(generation=made)
    assert (verdict.rule, verdict.stage, verdict.decision, verdict.state) == (made_by, "before", "block", "settled")
    assert not Transaction.objects.filter(kind="reserve").exists()


def test_the_rest_is_drawn(rule, ask, draw) -> None:
    rule()
    made = ask()
    draw(made)
    assert Generation.objects.get().status == "succeeded"
    assert not Verdict.objects.exists()


@pytest.mark.parametrize(("changes", "is_blocked"), [
    ({"plans": ["free"]}, True), ({"plans": ["super"]}, False), ({"regions": ["DE"]}, False),
    ({"state": "dry_run"}, False),
    ({"state": "off"}, False), ({"state": "draft"}, False), ({"on_prompts": False, "on_pictures": True}, False),
])  # fmt: skip
def test_a_rule_is_for_its_plans_and_regions_and_while_it_is_on(rule, ask, changes: dict, is_blocked: bool) -> None:
    rule(**changes)
    assert (ask(prompt="a gun").status == "blocked") is is_blocked


def test_it_knows_the_country_from_the_header_that_the_settings_trust(rule, client_of, alice, settings) -> None:
    rule(regions=["KR"])
    settings.AURORA_COUNTRY_HEADER = "CF-IPCountry"
    body = {"prompt": "a gun", "mode": "quality", "size": "512x512", "n": "1"}
    for country, status in (("kr", 422), ("de", 302), ("kr; x", 302)):
        answer = client_of(alice).post("/w/atelier/create", body, headers={"CF-IPCountry": country})
        assert answer.status_code == status, country


def test_a_dry_run_only_counts(rule, ask) -> None:
    rule(state="dry_run")
    assert ask(prompt="a gun").status == "queued"
    found = Verdict.objects.get()
    assert (found.is_dry, found.decision, found.state) == (True, "block", "settled")


def test_a_person_fills_no_table_with_what_is_refused(rule, ask, monkeypatch) -> None:
    monkeypatch.setattr("generation.services.moderation.before.MOST", 2)
    rule()
    for _ in range(2):
        ask(prompt="a gun")
    with pytest.raises(request.Blocked, match=REASON):
        ask(prompt="a gun")
    assert Generation.objects.count() == 2


def test_the_rules_cost_no_query(rule, ask, django_assert_num_queries) -> None:
    rule("something else")
    ask()
    with django_assert_num_queries(0):
        assert len(book.rules()) == 1


class TestApi:
    @pytest.fixture
    def client(self, studio, api_key, server, credit) -> openai.OpenAI:
        announce("quick")
        return openai.OpenAI(api_key=api_key, base_url=f"{server}/v1", max_retries=2)

    @pytest.mark.parametrize("stream", [False, True])
    def test_the_client_is_told_in_the_one_envelope(self, rule, client, books, stream: bool) -> None:
        before, _ = books(), rule()
        with pytest.raises(openai.BadRequestError) as caught:
            client.images.generate(model="aurora-1", prompt="a gun", size="256x256", stream=stream)
        error = caught.value
        assert (error.code, error.type, error.param) == ("moderation_blocked", "image_generation_user_error", "prompt")
        assert REASON in error.message
        assert books() == before
        assert Generation.objects.count() == 1

    def test_a_repetition_is_refused_alike(self, rule, studio, api_key, credit) -> None:
        announce("quick")
        rule()
        api = Client(headers={"Authorization": f"Bearer {api_key}", "Idempotency-Key": "one"})
        for _ in range(2):
            answer = api.post("/v1/images/generations", {"prompt": "a gun", "size": "256x256"}, "application/json")
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "moderation_blocked")
        assert Generation.objects.count() == 1

    def test_a_line_of_a_batch_fails_alone(self, rule, studio, alice, api_key, credit) -> None:
        from accounts.models import ApiKey

        rule()
        batch = Batch.objects.create(
            workspace=studio, created_by=alice, api_key=ApiKey.objects.get(), total=2, most_micros=70_000
        )
        for index, prompt in enumerate(["a gun", "an apple"]):
            wish = {"prompt": prompt, "mode": "speed", "size": "256x256", "n": 1, "seed": 1, "end_user": "",
                    "output_format": "png"}  # fmt: skip
            BatchLine.objects.create(workspace=studio, batch=batch, index=index, custom_id=str(index), wish=wish)
        batch_feeder.feed(batch.pk)
        lines = BatchLine.objects.filter(batch=batch).order_by("index")
        assert [line.state for line in lines] == ["failed", "open"]
        assert Generation.objects.filter(status="blocked").count() == 1


class TestFeeds:
    def test_none_is_opened(self, rule, studio, alice) -> None:
        rule()
        with pytest.raises(feeds.Invalid, match=REASON):
            feeds.open_feed(workspace=studio, person=alice, prompt="a gun")
        assert not Feed.objects.exists()
        assert Generation.objects.get().status == "blocked"

    def test_it_keeps_its_prompt_where_the_next_is_not_allowed(self, rule, studio, alice) -> None:
        feed = feeds.open_feed(workspace=studio, person=alice, prompt="an apple")
        rule()
        with pytest.raises(feeds.Invalid, match=REASON):
            feeds.change_prompt(feed=feed, prompt="a gun")
        feed.refresh_from_db()
        assert (feed.prompt, feed.state, Verdict.objects.count()) == ("an apple", "running", 1)

    def test_all_pictures_of_a_prompt_to_review_are_one_case(self, rule, studio, alice, bob, draw) -> None:
        rule(action="review")
        feed = feeds.open_feed(workspace=studio, person=alice, prompt="an apple")
        feeds.change_prompt(feed=feed, prompt="a gun")
        verdict = Verdict.objects.get()
        for made in Generation.objects.filter(status="queued").order_by("feed_index")[:2]:
            draw(made)
        held = Picture.objects.exclude(held_key="")
        assert held.count() == Picture.objects.count() == 2
        decide.decide(verdict=verdict, by=bob, outcome="allow")
        assert not held.exists()

    def test_it_ends_where_a_moderator_removes_what_it_draws(self, rule, studio, alice, bob) -> None:
        rule(action="flag")
        feed = feeds.open_feed(workspace=studio, person=alice, prompt="a gun")
        decide.decide(verdict=Verdict.objects.get(), by=bob, outcome="remove")
        feed.refresh_from_db()
        assert (feed.state, Generation.objects.exclude(status="canceled").exists()) == ("ended", False)

    def test_it_ends_with_a_word_where_its_prompt_is_no_longer_allowed(self, rule, studio, alice) -> None:
        feed = feeds.open_feed(workspace=studio, person=alice, prompt="an apple")
        rule("apple")
        after = feeds.read_on(feed=feed, seen=2)
        assert (after.state, after.trouble.startswith(REASON)) == ("ended", True)


class TestLock:
    def test_nothing_is_drawn_for_who_is_locked(self, ask, alice, bob, credit, books) -> None:
        making.lock(person=alice, reason="Gore, again and again.", by=bob)
        alice.refresh_from_db()
        with pytest.raises(admit.Locked, match=r"Gore, again and again\. Nothing was drawn or charged"):
            ask(source="api")
        assert books() == (1_000_000, 0)
        making.unlock(person=alice, by=bob)
        alice.refresh_from_db()
        assert ask().status == "queued"
        with scopes_disabled():
            assert AuditEntry.objects.filter(action__startswith="making.", actor=bob).count() == 2

    def test_batches_wait_and_say_why(self, studio, alice, bob, api_key, credit) -> None:
        from accounts.models import ApiKey

        making.lock(person=alice, reason="Gore.", by=bob)
        batch = Batch.objects.create(
            workspace=studio, created_by=alice, api_key=ApiKey.objects.get(), total=1, most_micros=70_000
        )
        wish = {"prompt": "x", "mode": "speed", "size": "256x256", "n": 1, "seed": 1, "end_user": "",
                "output_format": "png"}  # fmt: skip
        BatchLine.objects.create(workspace=studio, batch=batch, index=0, custom_id="0", wish=wish)
        batch_feeder.feed(batch.pk)
        batch.refresh_from_db()
        assert (batch.state, batch.trouble_code, "Gore." in batch.trouble) == ("paused", "permission_denied", True)

    def test_pages_and_clients_are_told(self, studio, alice, bob, api_key, client_of) -> None:
        announce("quick")
        making.lock(person=alice, reason="Gore.", by=bob)
        assert "You cannot make pictures at the moment. The reason: Gore." in (
            client_of(alice).get("/w/atelier/create").content.decode()
        )
        body = {"prompt": "x", "mode": "quality"}
        assert (
            "Gore."
            in client_of(alice).post("/w/atelier/create", body, headers={"HX-Request": "true"}).json()["errors"]["form"]
        )
        answer = Client(headers={"Authorization": f"Bearer {api_key}"}).post(
            "/v1/images/generations", {"prompt": "x"}, "application/json"
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")


class TestDryRun:
    def test_it_counts_the_last_week(self, rule, ask, alice) -> None:
        from datetime import timedelta

        from django.utils import timezone

        for prompt in ("a gun", "two guns and a gun", "an apple"):
            old = ask(prompt=prompt)
        Generation.objects.create(
            workspace=old.workspace, source="page", mode="speed", prompt="a gun", width=256, height=256, n=1, seed=1,
            turn=0, turn_end=0, lanes=1, status="succeeded",
        )  # fmt: skip
        Generation.objects.filter(status="succeeded").update(created_at=timezone.now() - timedelta(days=8))
        draft = rule(state="draft")
        with pytest.raises(rules.Refused):
            rules.turn(rule=draft, to="on", by=alice)
        tried = rules.turn(rule=draft, to="dry_run", by=alice)
        assert (tried.trial["read"], tried.trial["hits"], tried.trial["is_whole"]) == (3, 2, True)
        assert {one.prompt for one in rules.samples(tried)} == {"a gun", "two guns and a gun"}
        assert rules.turn(rule=draft, to="on", by=alice).state == "on"

    def test_it_stops_in_time(self, rule, ask, monkeypatch) -> None:
        ask()
        monkeypatch.setattr(rules, "SECONDS", -1)
        assert rules.trial(rule(state="draft"))["is_whole"] is False

    def test_a_changed_rule_is_a_draft_again(self, rule, alice) -> None:
        made = rule()
        fields = {name: getattr(made, name) for name in rules.FIELDS}
        assert rules.write(rule=made, by=alice, **fields | {"reason": "No."}).state == "on"
        assert rules.write(rule=made, by=alice, **fields | {"pattern": "rifle"}).state == "draft"
        with pytest.raises(rules.Refused):
            rules.write(rule=made, by=alice, **fields | {"kind": "expression", "pattern": "(a+)+"})


def test_a_moderator_of_ones_own_is_taken(rule, ask) -> None:
    with override_settings(AURORA_MODERATOR="tests.generation.labels.ColourBlind"):
        rule()
        assert ask(prompt="a gun").status == "blocked"
