"""What middleware adds to a request, for the type checker."""

from accounts.pages.typed import WorkspaceRequest as PageRequest

__all__ = ["PageRequest"]
