"""The statement: what there was, what moved, what is there; on the page, as CSV and as PDF."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django_scopes import scope

from accounts.models import Workspace
from billing import ledger, prices
from billing.services import statement, statement_pdf
from billing.services.statement import Key, Period, Wish

DOLLAR = 1_000_000
IMAGE = 70_000
MAY, JUNE = Period.month(2026, 5), Period.month(2026, 6)
NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _june(workspace: Workspace) -> Any:
    Workspace.objects.filter(pk=workspace.pk).update(created_at=datetime(2026, 3, 9, tzinfo=UTC))
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def at(workspace: Workspace) -> Callable[..., Any]:
    """`at("2026-05-31 23:59", ledger.release, hold="a")`: a movement of the workspace at that moment."""

    def move(moment: str, what: Callable[..., Any], **values: Any) -> Any:
        when = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        with time_machine.travel(when, tick=False), scope(workspace=workspace):
            return what(workspace=workspace, **values)

    return move


@pytest.fixture
def moved(at: Callable[..., Any]) -> None:
    """A purchase in May; a request at the turn of the month, with pictures in each; one of June that was refunded."""
    at("2026-05-03 10:00", ledger.purchase, key="buy", amount_micros=10 * DOLLAR, reference="pi_123")
    at("2026-05-31 23:58", ledger.reserve, hold="turn", amount_micros=4 * IMAGE)
    at("2026-05-31 23:59", ledger.capture, hold="turn", part="0", amount_micros=IMAGE)
    at("2026-06-01 00:01", ledger.capture, hold="turn", part="1", amount_micros=IMAGE)
    at("2026-06-01 00:02", ledger.capture, hold="turn", part="2", amount_micros=IMAGE)
    at("2026-06-01 00:03", ledger.release, hold="turn")
    at("2026-06-10 09:00", ledger.reserve, hold="job", amount_micros=IMAGE)
    at("2026-06-10 09:01", ledger.capture, hold="job", part="0", amount_micros=IMAGE)
    at("2026-06-11 09:00", ledger.refund, hold="job", part="0", reason="It had six fingers")
    at("2026-06-20 11:00", ledger.reserve, hold="open", amount_micros=2 * IMAGE)


def test_balances_meet_from_month_to_month(workspace: Workspace, moved: None) -> None:
    may, june = (statement.summary(workspace=workspace, period=period) for period in (MAY, JUNE))
    assert (may.opening, may.closing) == (0, 10 * DOLLAR - IMAGE)
    assert (june.opening, june.closing) == (may.closing, 10 * DOLLAR - 3 * IMAGE)
    assert (june.income, june.spent, june.reserved) == (IMAGE, -3 * IMAGE, 2 * IMAGE)
    with scope(workspace=workspace):
        assert june.closing == ledger.balance(workspace=workspace) + ledger.held(workspace=workspace)


def test_a_request_is_one_line_in_each_month_with_what_fell_into_it(workspace: Workspace, moved: None) -> None:
    found = statement.lines(workspace=workspace, wish=Wish(JUNE), limit=9)
    assert [(line.kind.value, line.hold, line.micros, line.parts) for line in found] == [
        ("refund", "job", IMAGE, 1),
        ("capture", "job", -IMAGE, 1),
        ("capture", "turn", -2 * IMAGE, 2),
    ]
    assert [line.micros for line in statement.lines(workspace=workspace, wish=Wish(MAY), limit=9)] == [
        -IMAGE,
        10 * DOLLAR,
    ]


def test_pages_follow_each_other_without_gap_or_repetition(workspace: Workspace, at: Callable[..., Any]) -> None:
    at("2026-06-02 10:00", ledger.purchase, key="buy", amount_micros=10 * DOLLAR, reference="pi_123")
    for n in range(4):
        at("2026-06-02 10:00", ledger.reserve, hold=f"h{n}", amount_micros=2 * IMAGE)
        for part in "ab":  # all at one moment
            at("2026-06-02 10:00", ledger.capture, hold=f"h{n}", part=part, amount_micros=IMAGE)
    wish, seen = Wish(JUNE), []
    while page := statement.lines(workspace=workspace, wish=wish, limit=2):
        seen += [(line.hold, line.micros) for line in page]
        wish = Wish(JUNE, before=Key.read(str(page[-1].key)))
    assert sorted(seen) == [("", 10 * DOLLAR), *((f"h{n}", -2 * IMAGE) for n in range(4))]


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ({"kind": "refund"}, ["job"]),
        ({"text": "six FINGERS"}, ["job"]),
        ({"text": "pi_1"}, []),
        ({"month": "2026-05", "text": "pi_1"}, [""]),
        ({"text": "tur"}, ["turn"]),
        ({"until": "2026-06-09"}, ["turn"]),
        ({"since": "2026-05-01", "until": "2026-06-09", "kind": "capture"}, ["turn"]),
        ({"since": "2026-06-11", "until": "2026-06-11"}, ["job"]),
    ],
)
def test_it_shows_what_is_asked_for(
    query: dict[str, str], holds: list[str], workspace: Workspace, moved: None, client_of: Any, alice: Any
) -> None:
    page = client_of(alice).get(reverse("billing:statement", args=[workspace.slug]), query)
    assert page.status_code == 200
    assert [line.hold for line in page.context["lines"]] == holds


BAD = [
    {"month": "2026-13"}, {"month": "x"}, {"month": "99999999999999-01"}, {"month": "2030-01"}, {"kind": "theft"},
    {"since": "2026-06-05", "until": "2026-06-01"}, {"since": "2001-01-01", "until": "2026-06-01"}, {"since": "soon"},
    {"since": "0001-01-01", "until": "0001-01-01"}, {"until": "9999-12-31"}, {"text": "x" * 121}, {"text": "\0"},
]  # fmt: skip


@pytest.mark.parametrize("query", BAD, ids=str)
@pytest.mark.parametrize("view", ["statement", "statement_csv", "statement_pdf"])
def test_it_says_what_is_wrong_with_the_question(
    query: dict[str, str], view: str, workspace: Workspace, client_of: Any, alice: Any
) -> None:
    answer = client_of(alice).get(reverse(f"billing:{view}", args=[workspace.slug]), query)
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()


@pytest.mark.parametrize(
    "key", ["x", "1", "-", "9" * 40, f"{'9' * 16}-{'f' * 32}", f"1-{'f' * 32}", "1-2", "١-" + "f" * 32]
)
def test_any_place_is_answered(key: str, workspace: Workspace, moved: None, client_of: Any, alice: Any) -> None:
    address = reverse("billing:statement", args=[workspace.slug])
    assert client_of(alice).get(address, {"before": key}).status_code in (200, 404)


def test_it_is_for_those_who_see_money(workspace: Workspace, client_of: Any, bob: Any, charlie: Any) -> None:
    for view in ("statement", "statement_csv", "statement_pdf"):
        address = reverse(f"billing:{view}", args=[workspace.slug])
        assert client_of(bob).get(address).status_code == 403
        assert client_of(charlie).get(address).status_code == 404


def test_the_csv_has_amounts_to_reckon_with(
    workspace: Workspace, moved: None, client_of: Any, alice: Any, body_of: Any
) -> None:
    answer = client_of(alice).get(reverse("billing:statement_csv", args=[workspace.slug]), {"month": "2026-05"})
    assert 'filename="aurora-statement-atelier-2026-05.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(body_of(answer).decode())))
    assert [(row["kind"], row["amount_usd"]) for row in rows] == [
        ("Delivered", "-0.070000"),
        ("Credit bought", "10.000000"),
    ]


def test_the_pdf_has_balances_totals_and_a_korean_name(workspace: Workspace, moved: None) -> None:
    workspace.name = "별빛 <b>Atelier</b>"
    file = statement_pdf.render(workspace=workspace, period=JUNE, is_compressed=False)
    assert file.startswith(b"%PDF")
    for said in (b"$9.93", b"$9.79", b"It had six fingers", b"Page 1 of 1", b"HYSMyeongJo-Medium"):
        assert said in file
    assert "별빛".encode("utf-16-be") in _unescaped(file)


def _unescaped(file: bytes) -> bytes:
    r"""With the octal escapes of PDF's strings, as in \277, resolved."""
    import re

    return re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), file).replace(b"\\\\", b"\\")


def test_the_pdf_of_a_month_comes_by_its_page(workspace: Workspace, moved: None, client_of: Any, alice: Any) -> None:
    answer = client_of(alice).get(reverse("billing:statement_pdf", args=[workspace.slug]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")


@pytest.mark.django_db(transaction=True)
def test_10000_api_pictures_cost_exactly_700_dollars(
    workspace: Workspace, client_of: Any, alice: Any, body_of: Any
) -> None:
    """The first 200 picture by picture, the others by the hundred, as that is quicker."""
    price = prices.of("quality")
    with scope(workspace=workspace):
        ledger.purchase(workspace=workspace, key="buy", amount_micros=1000 * DOLLAR, reference="pi_1")
        for n in range(20):
            ledger.reserve(workspace=workspace, hold=f"few-{n}", amount_micros=10 * price)
            for part in range(10):
                ledger.capture(workspace=workspace, hold=f"few-{n}", part=str(part), amount_micros=price)
        for n in range(98):
            ledger.reserve(workspace=workspace, hold=f"many-{n}", amount_micros=100 * price)
            ledger.capture(workspace=workspace, hold=f"many-{n}", part="all", amount_micros=100 * price)
    summary = statement.summary(workspace=workspace, period=JUNE)
    assert (summary.spent, summary.closing) == (-700 * DOLLAR, 300 * DOLLAR)
    page = client_of(alice).get(reverse("billing:statement", args=[workspace.slug])).content.decode()
    assert "−$700.00" in page
    answer = client_of(alice).get(reverse("billing:statement_csv", args=[workspace.slug]), {"kind": "capture"})
    rows = list(csv.DictReader(io.StringIO(body_of(answer).decode())))
    assert (len(rows), sum(Decimal(row["amount_usd"]) for row in rows)) == (118, Decimal(-700))
