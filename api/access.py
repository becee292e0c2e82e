"""Who may do what: the one place that decides. Every query over contacts and notes takes its condition from here.

For now every member sees every contact; admins and editors write, viewers read. What a member may not read is
answered as if it did not exist (404); what they may read but not change, with 403.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import ColumnElement, true

from api.errors import Forbidden
from api.messages import Language
from api.tables import contacts
from sync.kinds import Actor
from sync.kinds import Role as DocumentRole

Role = Literal["admin", "editor", "viewer"]

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Standing:
    """What lets somebody in, and when that was looked at: it may be over, or their rights may have changed since."""

    credential_hash: str
    expires_at: datetime
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Actor):
    """A person with an account, as the actor of a request or of a socket."""

    name: str
    email: str
    role: Role
    color: str
    language: Language = field(default="en", compare=False)  # of what the server says to them
    standing: Standing | None = field(default=None, compare=False)

    @property
    def initials(self) -> str:
        """Up to two letters for an avatar: Léa Martin → LM."""
        words = self.name.split()
        return "".join(word[0] for word in (words if len(words) < 2 else (words[0], words[-1]))).upper()

    @property
    def may_edit(self) -> bool:
        """Whether this role writes at all."""
        return self.role in ("admin", "editor")


def readable_contacts(member: Member) -> ColumnElement[bool]:
    """The condition on `contacts` under which `member` may read a row and what hangs on it: of none that is deleted."""
    return knowable_contacts(member) & contacts.c.deleted_at.is_(None)


def knowable_contacts(member: Member) -> ColumnElement[bool]:
    """The condition on `contacts` under which `member` may know that there is, or was, such a contact."""
    return true()


def may_edit_contact(member: Member, contact_id: str) -> bool:
    """Whether `member`, who may read this contact, may also change it and its notes."""
    return member.may_edit


def require_edit(member: Member, contact_id: str) -> None:
    """Refuse with 403 unless `member`, who may read this contact, may change it."""
    if not may_edit_contact(member, contact_id):
        raise Forbidden


def may_delete_contact(member: Member, contact_id: str) -> bool:
    """Whether `member`, who may know of this contact, may delete it, and have it back."""
    return member.may_edit


def require_delete(member: Member, contact_id: str) -> None:
    """Refuse with 403 unless `member` may delete this contact, or have it back. A merge deletes, in a way."""
    if not may_delete_contact(member, contact_id):
        raise Forbidden


def require_purge(member: Member) -> None:
    """Refuse with 403 unless `member` may take contacts away for good."""
    if member.role != "admin":
        raise Forbidden


def require_create(member: Member) -> None:
    """Refuse with 403 unless `member` may make contacts."""
    if not member.may_edit:
        raise Forbidden


def document_role(member: Member, contact_id: str) -> DocumentRole:
    """What `member`, who may read this contact, may do in its documents."""
    return "read-write" if may_edit_contact(member, contact_id) else "readonly"


def hears_of(member: Member, contact_id: str) -> bool:
    """Whether changes to this contact are told to `member`."""
    return True
