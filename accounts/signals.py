"""What other apps may react to."""

from django.dispatch import Signal

# Sent inside the transaction that makes the key; sender is ApiKey, api_key the new row.
api_key_created = Signal()
