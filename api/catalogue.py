"""The definitions of properties as a running server knows them: read from their table, handed to whoever judges values.

One `Catalogue` a process. Whoever changes a definition calls `refresh`; admission sees the new ones from then on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.properties import Admission, Definition, Definitions
from api.tables import property_definitions
from sync.database import Database


async def read_definitions(tx: AsyncConnection) -> Definitions:
    """Every definition by its name, in the order of a form."""
    rows = await tx.execute(select(property_definitions).order_by(property_definitions.c.position))
    return {
        row.name: Definition(
            name=row.name,
            label_key=row.label_key,
            type=row.type,
            kind=row.kind,
            options=tuple(json.loads(row.options)),
            required=row.required,
            unique=row.unique_value,
            read_only=row.read_only,
            built_in=row.built_in,
        )
        for row in rows
    }


@dataclass(slots=True)
class Catalogue:
    """The definitions now. `admission` is what the engine asks; it is told of new definitions by being changed."""

    admission: Admission = field(default_factory=Admission)

    @property
    def definitions(self) -> Definitions:
        """By name, in the order of a form."""
        return self.admission.definitions

    async def refresh(self, database: Database) -> None:
        """Read them anew."""
        self.admission.definitions = await database.read(read_definitions)
