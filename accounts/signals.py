"""What other apps may react to."""

from django.dispatch import Signal

# Sent inside the transaction that makes the key; sender is ApiKey, api_key the new row.
api_key_created = Signal()

# Sent after the commit of whatever changed who is in a workspace; sender is Workspace, workspace the row.
members_changed = Signal()
