"""Properties: their definitions, a document for each contact, values to find contacts by, and who set what.

A contact that is there already gets a document whose first row holds its names. Nobody's name stands under that row.
"""

from __future__ import annotations

import json
import secrets
import time

import sqlalchemy as sa
from alembic import op

from sync.documents import begin

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AUTHOR = "carnet"
CONTACTS_A_TURN = 500

# (name, type, kind, options), in the order of a form.
BUILT_IN = (
    ("firstname", "text", "scalar", ()),
    ("lastname", "text", "scalar", ()),
    ("jobtitle", "text", "scalar", ()),
    ("company", "text", "scalar", ()),
    ("city", "text", "scalar", ()),
    ("emails", "email", "set", ()),
    ("phones", "phone", "set", ()),
    ("tags", "text", "set", ()),
    (
        "lifecyclestage",
        "option",
        "scalar",
        (
            "subscriber",
            "lead",
            "marketingqualifiedlead",
            "salesqualifiedlead",
            "opportunity",
            "customer",
            "evangelist",
            "other",
        ),
    ),
    ("owner_id", "user", "scalar", ()),
)


def upgrade() -> None:
    """Make the tables, write down the built-in properties, and give every contact its document."""
    with op.batch_alter_table("contacts") as contacts:
        contacts.add_column(sa.Column("properties", sa.Text(), server_default="{}", nullable=False))
    definitions = op.create_table(
        "property_definitions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label_key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("unique_value", sa.Boolean(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_property_definitions"),
    )
    op.create_table(
        "property_values",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_property_values_contact_id"),
        sa.PrimaryKeyConstraint("contact_id", "name", "element", name="pk_property_values"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_property_values_name_value", "property_values", ["name", "value"], unique=False)
    op.create_table(
        "property_changes",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_property_changes_contact_id"),
        sa.PrimaryKeyConstraint("contact_id", "seq", "name", "element", name="pk_property_changes"),
        sqlite_with_rowid=False,
    )
    flags = {"required": False, "unique_value": False, "read_only": False, "built_in": True}
    op.bulk_insert(
        definitions,
        [
            {
                "name": name,
                "position": position,
                "label_key": f"property.{name}",
                "type": type_,
                "kind": kind,
                "options": json.dumps(options),
                **flags,
            }
            for position, (name, type_, kind, options) in enumerate(BUILT_IN)
        ],
    )
    _make_documents()


def _make_documents() -> None:
    bind = op.get_bind()
    found = bind.execute(sa.text("SELECT id, firstname, lastname FROM contacts ORDER BY id")).all()
    for start in range(0, len(found), CONTACTS_A_TURN):
        some = found[start : start + CONTACTS_A_TURN]
        names = {row.id: {k: v for k, v in row._mapping.items() if k != "id" and v is not None} for row in some}
        _begin(bind, names)


def _begin(bind: sa.Connection, names: dict[str, dict[str, str]]) -> None:
    """Documents of contacts, by their id; what each holds goes into its first row and into what is read of it."""
    now, batch_id = int(time.time() * 1000), secrets.randbits(63)
    firsts = begin([("properties", held) for held in names.values()])
    made = list(zip(names.items(), firsts, strict=True))
    documents = [
        {"name": f"contact/{contact_id}", "head": int(first is not None), "now": now} for (contact_id, _), first in made
    ]
    rows = [
        {
            "name": f"contact/{contact_id}",
            "author": AUTHOR,
            "batch": batch_id,
            "n": n,
            "now": now,
            "bytes": first.update,
        }
        for n, ((contact_id, _), first) in enumerate(made)
        if first
    ]
    clients = [
        {"name": f"contact/{contact_id}", "client": client, "author": AUTHOR}
        for (contact_id, _), first in made
        if first
        for client in first.claims
    ]
    projections = [
        {"id": contact_id, "version": int(bool(held)), "properties": json.dumps(held, ensure_ascii=False)}
        for contact_id, held in names.items()
    ]
    values = [
        {"id": contact_id, "name": name, "value": value}
        for contact_id, held in names.items()
        for name, value in held.items()
    ]
    for statement, parameters in (
        ("INSERT INTO documents (name, head, epoch, created_at) VALUES (:name, :head, 1, :now)", documents),
        (
            "INSERT INTO document_updates (name, seq, author_id, batch_id, batch_n, node, at, bytes) "
            "VALUES (:name, 1, :author, :batch, :n, '', :now, :bytes)",
            rows,
        ),
        ("INSERT INTO document_clients (name, client_id, user_id) VALUES (:name, :client, :author)", clients),
        ("UPDATE contacts SET version = :version, properties = :properties WHERE id = :id", projections),
        ("INSERT INTO property_values (contact_id, name, element, value) VALUES (:id, :name, '', :value)", values),
    ):
        if parameters:
            bind.execute(sa.text(statement), parameters)
