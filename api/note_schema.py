"""What a note may contain: the ProseMirror names of its nodes and marks, as the scanner needs them.

Ahead of the editor: tags that later clients will write are allowed already, so that a newer client beside an older
server is never refused. A node's attribute or a mark that is not here is refused, because an editor that meets it
deletes it and writes that back.
"""

from __future__ import annotations

from sync.kinds import TEXT, Schema

NOTE_ROOT = "default"

_INLINE = frozenset({TEXT, "hardBreak", "mention"})
_BLOCKS = frozenset(
    {"paragraph", "heading", "bulletList", "orderedList", "taskList", "codeBlock", "blockquote", "horizontalRule"}
)

NOTE_SCHEMA = Schema(
    roots={NOTE_ROOT: "xml"},
    children={
        NOTE_ROOT: _BLOCKS,
        "paragraph": _INLINE,
        "heading": _INLINE,
        "bulletList": frozenset({"listItem"}),
        "orderedList": frozenset({"listItem"}),
        "listItem": _BLOCKS,
        "taskList": frozenset({"taskItem"}),
        "taskItem": _BLOCKS,
        "codeBlock": frozenset({TEXT}),
        "blockquote": _BLOCKS,
    },
    attributes={
        "heading": frozenset({"level"}),
        "orderedList": frozenset({"start", "type"}),
        "taskItem": frozenset({"checked"}),
        "codeBlock": frozenset({"language"}),
        "mention": frozenset({"id", "label", "mentionSuggestionChar"}),
    },
    marks=frozenset({"bold", "italic", "underline", "strike", "code", "link"}),
)
