"""What may stand where: the words of a `Schema`, judged one struct at a time.

A struct stands in an XmlText (words), among the children of an element or a root (nodes), or as the value of an
attribute or of a map root's key. Whatever the schema does not name is refused, because an editor that meets it deletes
it and writes that back; so is what integrates differently here and there, such as text right under an element.
"""

from __future__ import annotations

import re
from typing import Any

from sync.errors import SchemaBroken
from sync.index import NOWHERE, Id, Place
from sync.kinds import TEXT, Schema
from sync.limits import Limits
from sync.links import leads_to_safety
from sync.structs import ANY, DELETED, FORMAT, NAMES, STRING, TYPE, Struct

_HASH = re.compile(r"--[a-zA-Z0-9+/=]{8}$")
"""y-tiptap ends the key of a mark that may overlap itself with a hash of its attributes: link--aB3dE6gH."""


def place_in_root(root: str, key: str | None, schema: Schema) -> Place:
    """The place of a struct that names a root as its parent, and perhaps a key in it."""
    match schema.roots.get(root):
        case "xml" if key is None:
            return Place(root, root, 1)
        case "map" if key is not None:
            return Place(root, root, 1, "")
    raise SchemaBroken(f"a root {root!r:.50} of this use")


def place_in_node(holder: Id, node: Place, key: str | None) -> Place:
    """The place of a struct that names an item as its parent, and perhaps an attribute of it."""
    if node.is_words or node.attribute is not None or (node.tag == TEXT and key is not None):
        raise SchemaBroken(f"something in {node}, which holds nothing")
    if node.tag is None:
        return NOWHERE  # garbage, or a node that came as deleted: then what was in it is garbage
    return Place(holder, node.tag, node.depth + 1, key)


def fit(place: Place, struct: Struct, schema: Schema, limits: Limits) -> Place:
    """The place with the struct in it. Raises SchemaBroken where such a thing may not stand."""
    if place.is_words:
        if struct.kind == FORMAT:
            key, value = struct.content
            _check_mark(key, value, schema)
        elif struct.kind not in (STRING, DELETED):
            raise SchemaBroken(f"{NAMES[struct.kind]} among words")
        return place
    if place.depth > limits.xml_depth_max:
        raise SchemaBroken(f"nodes nested {place.depth} deep")
    if place.attribute is not None:
        _check_value(place, struct, schema)
        return place
    if struct.kind == TYPE and struct.content in schema.children.get(place.under, ()):
        return place._replace(tag=struct.content)
    if struct.kind != DELETED:
        raise SchemaBroken(f"{NAMES[struct.kind]} {struct.content!r:.50} in {place.under}")
    return place


def _check_mark(key: str, value: Any, schema: Schema) -> None:
    if key not in schema.marks and _HASH.sub("", key) not in schema.marks:
        raise SchemaBroken(f"a mark {key!r:.50}")
    if isinstance(value, dict):
        if any(isinstance(one, dict | list) for one in value.values()):
            raise SchemaBroken(f"nested attributes of a mark {key}")
        _check_link(value.get("href"), schema)
    elif not (value is None or isinstance(value, bool)):
        raise SchemaBroken(f"a mark {key} that is a {type(value).__name__}")


def _check_value(place: Place, struct: Struct, schema: Schema) -> None:
    is_map = schema.roots.get(place.under) == "map"
    if not is_map and place.attribute not in schema.attributes.get(place.under, ()):
        raise SchemaBroken(f"an attribute {place.attribute!r:.50} of {place.under}")
    if struct.kind == DELETED:
        return
    if struct.kind != ANY:
        raise SchemaBroken(f"{NAMES[struct.kind]} as a value in {place.under}")
    for value in struct.content:
        if _has_bytes(value) or (not is_map and isinstance(value, dict | list)):
            raise SchemaBroken(f"a {type(value).__name__} as a value in {place.under}")
        if place.attribute == "href":
            _check_link(value, schema)


def _check_link(href: Any, schema: Schema) -> None:
    if href is None:
        return
    if not isinstance(href, str) or not leads_to_safety(href, schema.link_schemes):
        raise SchemaBroken(f"a link to {href!r:.50}")


def _has_bytes(value: Any) -> bool:
    """Bytes have no JSON form. The reader has bounded the depth."""
    match value:
        case bytes():
            return True
        case dict():
            return any(map(_has_bytes, value.values()))
        case list():
            return any(map(_has_bytes, value))
    return False
