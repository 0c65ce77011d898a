"""The statement as a PDF to be filed: deliveries summed up by day, everything else line by line."""

import io
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from django.utils import timezone
from reportlab.lib import colors, pagesizes
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, Table

from accounts.models import Workspace
from billing import amounts
from billing.services import statement
from billing.services.statement import Period, Summary

MOST = 2000
"""Lines beside deliveries; a file with more is no use to anybody, and the CSV has all."""

LATIN, WIDE = "Helvetica", "HYSMyeongJo-Medium"
# One that every reader of PDFs has: nothing needs to be embedded.
pdfmetrics.registerFont(UnicodeCIDFont(WIDE))

GREY, RULE = colors.HexColor("#5b6272"), colors.HexColor("#c9ccd4")
PLAIN = ParagraphStyle("plain", fontName=LATIN, fontSize=9, leading=12)
QUIET = ParagraphStyle("quiet", parent=PLAIN, textColor=GREY)
TITLE = ParagraphStyle("title", parent=PLAIN, fontName="Helvetica-Bold", fontSize=18, leading=24)
HEADING = ParagraphStyle("heading", parent=PLAIN, fontName="Helvetica-Bold", fontSize=11, leading=20, spaceBefore=8)
NUMBER = ParagraphStyle("number", parent=PLAIN, alignment=2)
STRONG = ParagraphStyle("strong", parent=NUMBER, fontName="Helvetica-Bold")
LEFT, RIGHT = 20 * mm, pagesizes.A4[0] - 20 * mm
WIDTH = RIGHT - LEFT


def render(*, workspace: Workspace, period: Period, is_compressed: bool = True) -> bytes:
    """A file of A4 pages."""
    summary = statement.summary(workspace=workspace, period=period)
    parts = [*_head(workspace, period), *_balances(summary), *_totals(summary), *_moves(workspace, period)]
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=pagesizes.A4,
        # The frame within keeps six points on each side.
        leftMargin=LEFT - 6,
        rightMargin=LEFT - 6,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
        title=f"Statement {period.first} to {period.last}",
        author="Aurora",
        pageCompression=int(is_compressed),
    )
    document.build(parts, canvasmaker=_Numbered)
    return file.getvalue()


def _head(workspace: Workspace, period: Period) -> Iterator[Any]:
    yield Paragraph("Statement", TITLE)
    yield _text(workspace.name, PLAIN)
    yield Paragraph(f"{period.first:%-d %B %Y} to {period.last:%-d %B %Y}, days in UTC", QUIET)
    yield Paragraph(f"Made on {timezone.now():%-d %B %Y at %H:%M} UTC. Amounts in US dollars.", QUIET)
    yield Spacer(0, 6 * mm)


def _balances(summary: Summary) -> Iterator[Any]:
    rows = [
        ("Opening balance", summary.opening),
        ("In", summary.income),
        ("Out", summary.spent),
        ("Closing balance", summary.closing),
    ]
    yield _table([[Paragraph(label, PLAIN), _amount(sum_, STRONG)] for label, sum_ in rows], [WIDTH - 90, 90])
    if summary.reserved:
        reserved = amounts.dollars(summary.reserved)
        yield Paragraph(f"{reserved} of what is there now is reserved for requests under way.", QUIET)


def _totals(summary: Summary) -> Iterator[Any]:
    if not summary.totals:
        return
    yield Paragraph("By kind", HEADING)
    rows = [
        [Paragraph(total.kind.label, PLAIN), Paragraph(f"{total.count:,}", NUMBER), _amount(total.micros)]
        for total in summary.totals
    ]
    yield _table([_heads("Kind", "Count", "Amount"), *rows], [WIDTH - 170, 80, 90])


def _moves(workspace: Workspace, period: Period) -> Iterator[Any]:
    if days := statement.by_day(workspace=workspace, period=period):
        yield Paragraph("Delivered by day", HEADING)
        rows = [
            [Paragraph(f"{day:%-d %B %Y}", PLAIN), Paragraph(f"{count:,}", NUMBER), _amount(micros)]
            for day, count, micros in days
        ]
        yield _table([_heads("Day", "Count", "Amount"), *rows], [WIDTH - 170, 80, 90])
    rest = statement.apart_from_deliveries(workspace=workspace, period=period, limit=MOST + 1)
    if not rest:
        return
    yield Paragraph("Everything else", HEADING)
    rows = [
        [Paragraph(f"{line.at:%-d %b, %H:%M}", PLAIN), _text(_said(line), PLAIN), _amount(line.micros)]
        for line in reversed(rest[:MOST])
    ]
    yield _table([_heads("Time", "What", "Amount"), *rows], [80, WIDTH - 170, 90])
    if len(rest) > MOST:
        yield Paragraph(f"The newest {MOST:,} are shown; the CSV has all.", QUIET)


def _said(line: statement.Line) -> str:
    said = [line.what, line.note, line.reference]
    if line.what != line.kind.label:
        said.insert(0, line.kind.label)
    return ": ".join([said[0], ", ".join(filter(None, said[1:]))]) if any(said[1:]) else said[0]


def _table(rows: list[list[Any]], widths: list[float]) -> Table:
    table = LongTable(rows, colWidths=widths, repeatRows=1 if len(widths) > 2 else 0)
    table.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return table


def _heads(first: str, *others: str) -> list[Paragraph]:
    right = _with(QUIET, alignment=2)
    styles = [QUIET if other == "What" else right for other in others]
    return [Paragraph(first, QUIET), *(Paragraph(other, style) for other, style in zip(others, styles, strict=True))]


def _with(style: ParagraphStyle, **changes: Any) -> ParagraphStyle:
    return ParagraphStyle(f"{style.name}-{changes}", parent=style, **changes)


def _amount(micros: int, style: ParagraphStyle = NUMBER) -> Paragraph:
    # The minus sign of a typesetter is none of the characters that the built-in fonts have.
    return Paragraph(amounts.dollars(micros).replace(amounts.MINUS, "-"), style)


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    """What people wrote: in the font that has its letters, and never read as markup."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        # Beyond the first plane (emoji) the font has nothing.
        shown = "".join(letter if ord(letter) < 0x10000 else "\N{WHITE SQUARE}" for letter in text)
        return Paragraph(escape(shown), _with(style, fontName=WIDE, wordWrap="CJK"))
    return Paragraph(escape(text), style)


class _Numbered(Canvas):  # type: ignore[misc]  # without types
    """Keeps its pages until the end, when it is known how many there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # the name that is overridden
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(LATIN, 8)
            self.setFillColor(GREY)
            self.drawString(LEFT, 11 * mm, "Aurora")
            self.drawRightString(RIGHT, 11 * mm, f"Page {number} of {len(self._pages)}")
            super().showPage()
        super().save()
