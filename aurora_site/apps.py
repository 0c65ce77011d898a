from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "aurora_site"
    label = "site"
    verbose_name = "Aurora"

    def ready(self) -> None:
        # Shared tasks bind to the Celery app that exists; checks register themselves on import.
        from aurora_site import celery, checks  # noqa: F401

        # For all threads: each request has its own, and Celery's "current" app is that of one thread.
        celery.app.set_default()
