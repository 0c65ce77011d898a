"""The workspace's batches: one's own, and everybody's for those who look after its API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action, allows
from billing.amounts import dollars
from generation.models import Batch, BatchLine
from generation.services import batch_lines, batches

SHOWN = 30
State, LineState = Batch.State, BatchLine.State
WORDS = {
    State.RUNNING: "Under way",
    State.PAUSED: "Paused",
    State.CANCELING: "Stopping",
    State.CANCELED: "Canceled",
    State.FINISHED: "Finished",
}


@dataclass(frozen=True)
class Row:
    """A batch as the list shows it."""

    batch: Batch
    counts: dict[str, int]
    charged_micros: int
    is_mine: bool
    may_stop: bool

    @property
    def name(self) -> str:
        return self.batch.name or f"Batch {str(self.batch.pk)[:8]}"

    @property
    def words(self) -> str:
        return WORDS[State(self.batch.state)]

    @property
    def done(self) -> int:
        return self.batch.total - self.counts[LineState.WAITING] - self.counts[LineState.OPEN]

    @property
    def went(self) -> str:
        """What became of the lines that are over, where it is not all well."""
        bad = [(self.counts[LineState.FAILED], "failed"), (self.counts[LineState.CANCELED], "canceled")]
        return ", ".join(f"{count:,} {word}" for count, word in bad if count)

    @property
    def cost(self) -> str:
        return dollars(self.charged_micros)

    @property
    def most(self) -> str:
        return dollars(self.batch.most_micros)

    @property
    def has_results(self) -> bool:
        """Those of others' batches are not the reader's: their pictures may be private."""
        return self.is_mine and self.done > 0


@require_safe
@needs(Action.USE_KEYS)
def index(request: WorkspaceRequest, slug: str) -> HttpResponse:
    """All of the page; for htmx, which asks again while something is under way, the list alone."""
    sees_all = allows(request.membership.role, Action.MANAGE_KEYS)
    found = list(batches.of(workspace=request.workspace, maker=None if sees_all else request.user)[:SHOWN])
    rows = _rows(request, found)
    context = {
        "rows": rows,
        "is_open": any(not batch.is_over for batch in found),
        "everybody": sees_all,
        "shown": SHOWN,
        "api_url": f"{settings.BASE_URL}{reverse('api-batches')}",
    }
    template = "batches/rows.html" if request.htmx else "batches/list.html"
    return render(request, template, context)


@require_POST
@needs(Action.USE_KEYS)
def cancel(request: WorkspaceRequest, slug: str, pk: UUID) -> HttpResponse:
    """Begin no more of it, and stop what is being drawn."""
    batch = batches.of(workspace=request.workspace).filter(pk=pk).first()
    if batch is None or not _may_stop(request, batch):
        raise Http404("No such batch.")
    batches.stop(batch=batch, actor=request.user)
    messages.success(request, "The batch is canceled. What was delivered stays.")
    return redirect("pages:batches", request.workspace.slug)


def _may_stop(request: WorkspaceRequest, batch: Batch) -> bool:
    """Batches of others are not there for those who may not stop them."""
    return batch.created_by_id == request.user.pk or allows(request.membership.role, Action.MODERATE)


def _rows(request: WorkspaceRequest, found: Sequence[Batch]) -> list[Row]:
    counts, charged = batch_lines.counts(found), batches.charged(found)
    return [
        Row(
            batch,
            counts[batch.pk],
            charged[batch.pk],
            is_mine=batch.created_by_id == request.user.pk,
            may_stop=not batch.is_over and batch.state != State.CANCELING and _may_stop(request, batch),
        )
        for batch in found
    ]
