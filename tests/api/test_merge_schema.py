"""Whatever refers to a contact: a merge takes it along, or leaves it where it is on purpose."""

from sqlalchemy import Table

from api.tables import contacts
from sync.database import metadata

TAKEN_ALONG = {
    "notes.contact_id": "derived: in_family wherever notes are read",
    "search_entries.contact_id": "derived: search leads to the root; a merged contact is found by its name alone",
    "property_values.contact_id": "only roots are found by values: make_findable on merging and unmerging",
    "contact_uids.contact_id": "derived: an import that knows the merged one finds the root",
    "avatars.contact_id": "the primary gets the secondary's photo if it has none; the secondary's row stays",
    "dismissed_duplicates.one_id": "derived: said of a contact, it is said of what that was merged into",
    "dismissed_duplicates.other_id": "the same",
    "changes.contact_id": "told under the root's id from then on",
}
LEFT_ON_PURPOSE = {
    "property_changes.contact_id": "the history of a document stays with it: what the merge wrote is the primary's",
    "purged_notes.contact_id": "says only whose right it is to hear that a note is gone; the contact's row remains",
    "late_values.contact_id": "what is still to be brought to the root; undoing the merge ends that",
    "review_items.contact_id": "derived: in_family wherever they are read",
    "merges.primary_id": "the event itself",
    "merges.secondary_id": "the event itself",
    "aliases.contact_id": "the alias itself",
    "aliases.root_id": "the alias itself",
}


def references(table: Table) -> set[str]:
    """Columns that hold the id of a contact, said by a foreign key or by the name alone."""
    return {
        f"{table.name}.{column.name}"
        for column in table.columns
        if column.name == "contact_id" or any(key.column is contacts.c.id for key in column.foreign_keys)
    }


def test_every_reference_to_a_contact_has_its_place_in_a_merge() -> None:
    found = {reference for table in metadata.tables.values() for reference in references(table)}
    assert found == TAKEN_ALONG.keys() | LEFT_ON_PURPOSE.keys()
