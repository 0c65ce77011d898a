from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import personal, security  # noqa: F401  # security connects its receivers
        from accounts.services import jobs

        personal.register_all()
        jobs.watch()
