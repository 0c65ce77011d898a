"""Addresses of the staff panel. `frame.needs` says of each view who may see it."""

from django.urls import URLPattern, URLResolver, include, path

from generation.staff import generations, moderation_urls, overview, people, search, session, workspaces
from generation.staff.deeds import paths

app_name = "staff"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.show, name="overview"),
    path("overview.csv", overview.as_csv, name="overview_csv"),
    path("session", session.open_session, name="session"),
    path("session/close", session.close_session, name="session_close"),
    path("looking", session.to_studio, name="looking"),
    path("looking/end", session.stop_looking, name="look_end"),
    path("search", search.show, name="search"),
    path("stuck", generations.show_stuck, name="stuck"),
    path("people/<uuid:pk>", people.show, name="person"),
    path("workspaces/<uuid:pk>", workspaces.show, name="workspace"),
    path("generations/<uuid:pk>", generations.show, name="generation"),
    path("money/", include("generation.staff.money.urls")),
    path("operations/", include("generation.staff.operations.urls")),
    *moderation_urls.urlpatterns,
    *paths(people.DEEDS, "people", find=people.find, page=people.page),
    *paths(workspaces.DEEDS, "workspaces", find=workspaces.find, page=workspaces.page),
    *paths(generations.DEEDS, "generations", find=generations.find, page=generations.page),
]
