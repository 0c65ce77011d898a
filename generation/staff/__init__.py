"""Pages of the staff panel, below /admin/panel/, where a table of Django's admin is not enough."""
