"""Addresses of operations in the staff panel."""

from django.urls import URLPattern, path

from generation.staff.operations import announcements, jobs, mail, switches, system, workers

urlpatterns: list[URLPattern] = [
    path("", workers.show, name="operations"),
    path("workers/drain", workers.drain, name="operations_drain"),
    path("workers/resume", workers.resume, name="operations_resume"),
    path("features", switches.show, name="operations_switches"),
    path("features/<slug:name>", switches.turn, name="operations_switch"),
    path("announcements", announcements.show, name="operations_announcements"),
    path("announcements/<int:pk>/end", announcements.end, name="operations_end_announcement"),
    path("mail", mail.show, name="operations_mail"),
    path("mail/<str:name>", mail.letter, name="operations_letter"),
    path("jobs", jobs.show, name="operations_jobs"),
    path("jobs/run", jobs.run, name="operations_run"),
    path("shared-data", jobs.sharing, name="operations_sharing"),
    path("shared-data/export", jobs.export_sharing, name="operations_export"),
    path("system", system.show, name="operations_system"),
]
