from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import personal, security  # noqa: F401  # security connects its receivers

        personal.register_all()
