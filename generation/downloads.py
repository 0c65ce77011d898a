"""Files for people in browsers that are made of what /v1 answers."""

from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.views.decorators.http import require_safe

from accounts.pages.typed import WorkspaceRequest, needs
from accounts.permissions import Action
from generation.api import batch_results
from generation.services import batches


@require_safe
@needs(Action.USE_KEYS)
def results(request: WorkspaceRequest, slug: str, pk: UUID) -> StreamingHttpResponse:
    """The results of one's own batch: its pictures may be their maker's alone."""
    batch = batches.of(workspace=request.workspace, maker=request.user).filter(pk=pk).first()
    if batch is None:
        raise Http404("No such batch.")
    return batch_results.answer(batch)
