"""Who uses Aurora. Everything but users and workspaces themselves belongs to exactly one workspace."""

from accounts.models.desk import Note, StaffSession
from accounts.models.keys import ApiKey
from accounts.models.people import User, UserManager
from accounts.models.records import AuditEntry, Export
from accounts.models.workspaces import Invitation, Membership, Workspace

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Export",
    "Invitation",
    "Membership",
    "Note",
    "StaffSession",
    "User",
    "UserManager",
    "Workspace",
]
