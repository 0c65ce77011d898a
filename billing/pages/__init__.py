"""Pages about the money of a workspace."""
