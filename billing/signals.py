"""What other apps may react to."""

from django.dispatch import Signal

# Sent after the transaction that set money aside; sender is Account, workspace is whose it is.
credit_reserved = Signal()

# Sent inside the transaction that takes back all that a workspace has shared; sender is DataSharing, workspace is whose
# it is. What marks its pictures as shared takes the marks away.
sharing_withdrawn = Signal()

# Sent when the credit of a workspace that uses the API is little, at most every few seconds while it stays so; sender
# is Account, workspace is whose it is, micros what is left, is_out whether no picture can be paid from that.
credit_low = Signal()
