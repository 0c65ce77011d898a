"""Workers, what each draws, and what waits."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.staff import StaffAction
from generation.services import drains, line_figures, queues
from generation.staff.frame import needs
from generation.staff.operations.page import page


@needs(StaffAction.SEE_OPERATIONS)
@require_safe
def show(request: HttpRequest) -> HttpResponseBase:
    told = drains.drained()
    context = {
        "workers": [(busy, busy.name in told) for busy in line_figures.at_work()],
        "waiting": line_figures.waiting(),
        "others": queues.others(),
    }
    return page(request, "workers", context, title="Workers and queues", tab="operations")


@needs(StaffAction.OPERATE)
@require_POST
def drain(request: HttpRequest) -> HttpResponseBase:
    """One of those at work: nothing is kept for a name that nobody has."""
    name = request.POST.get("worker", "")
    if not any(busy.name == name for busy in line_figures.at_work()):
        messages.error(request, "That worker is not at work any more.")
    elif drains.drain(worker=name):
        messages.success(request, f"{name} finishes what it has, and claims nothing more.")
    return redirect("staff:operations")


@needs(StaffAction.OPERATE)
@require_POST
def resume(request: HttpRequest) -> HttpResponseBase:
    name = request.POST.get("worker", "")
    if drains.resume(worker=name):
        messages.success(request, f"{name} goes on.")
    return redirect("staff:operations")
