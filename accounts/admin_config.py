"""Django's admin as the frame of the staff panel."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    default_site = "accounts.admin_site.Desk"
