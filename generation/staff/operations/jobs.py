"""Jobs of the schedule with their last run and the next; and the export of what is shared."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.schedules import BaseSchedule, crontab
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import JobRun
from accounts.services import jobs
from accounts.services.rights import Refused
from accounts.staff import StaffAction
from generation.services import data_set
from generation.staff.frame import needs
from generation.staff.operations.page import page


@dataclass(frozen=True)
class Line:
    name: str
    label: str
    every: str
    run: JobRun
    next_at: datetime | None


@needs(StaffAction.SEE_OPERATIONS)
@require_safe
def show(request: HttpRequest) -> HttpResponseBase:
    runs = {run.name: run for run in JobRun.objects.all()}
    lines = [_line(name, entry["schedule"], runs.get(name)) for name, entry in jobs.scheduled().items()]
    lines.sort(key=lambda line: (line.run.state != JobRun.State.FAILED, line.label))
    return page(request, "jobs", {"lines": lines}, title="Jobs", tab="operations_jobs")


def _line(name: str, every: Any, run: JobRun | None) -> Line:
    run = run or JobRun(name=name)
    return Line(name, jobs.label(name), _words(every), run, _next(every, run.began_at))


def _words(every: Any) -> str:
    if isinstance(every, crontab):
        hours, minutes = sorted(every.hour), sorted(every.minute)
        return f"daily at {hours[0]:02}:{minutes[0]:02} UTC"
    return f"every {every:.0f} s" if every < 120 else f"every {every / 60:.0f} min"


def _next(every: Any, began_at: datetime | None) -> datetime | None:
    """By the last run; what is due already is due now."""
    now = timezone.now()
    if isinstance(every, BaseSchedule):
        return now + max(every.remaining_estimate(began_at or now), timedelta())
    return max(began_at + timedelta(seconds=every), now) if began_at else None


@needs(StaffAction.OPERATE)
@require_POST
def run(request: HttpRequest) -> HttpResponseBase:
    """Have one done now."""
    name = request.POST.get("job", "")
    if name not in jobs.scheduled():
        raise Http404("There is no such job.")
    _ask(request, name)
    return redirect("staff:operations_jobs")


def _ask(request: HttpRequest, name: str) -> None:
    try:
        jobs.ask(name)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Asked for: {jobs.label(name)}.")


@needs(StaffAction.SEE_OPERATIONS)
@require_safe
def sharing(request: HttpRequest) -> HttpResponseBase:
    """The data set of what workspaces share, as it was written last."""
    folder = settings.AURORA_DATA_SET
    lines = folder / data_set.LINES
    context = {
        "job": JobRun.objects.filter(pk=data_set.EXPORT).first(),
        "folder": folder.name,
        "bytes": lines.stat().st_size if lines.exists() else None,
        "written_at": datetime.fromtimestamp(lines.stat().st_mtime, timezone.get_default_timezone())
        if lines.exists()
        else None,
    }
    return page(request, "sharing", context, title="Shared data", tab="operations_sharing")


@needs(StaffAction.OPERATE)
@require_POST
def export_sharing(request: HttpRequest) -> HttpResponseBase:
    _ask(request, data_set.EXPORT)
    return redirect("staff:operations_sharing")
