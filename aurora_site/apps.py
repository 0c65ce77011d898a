from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "aurora_site"
    label = "site"
    verbose_name = "Aurora"
