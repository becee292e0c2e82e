"""What the CRDT library makes of updates, as its own process: the twin of tests/clients/integrate.mjs.

One line in, {"updates": [base64, …]}; one line out, {vector, text, reloaded}: `reloaded` if the folded document, loaded
anew, reads the same.
"""

import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator

from api.note_schema import NOTE_ROOT
from sync import documents
from sync.tree import Element, Text


def letters(element: Element) -> Iterator[str]:
    """The text runs of a tree, in order."""
    for child in element.children:
        if isinstance(child, Text):
            yield child.text
        else:
            yield from letters(child)


def integrate(updates: list[bytes]) -> dict[str, object]:
    """Apply them in order to one document."""
    folded = documents.fold(None, updates)
    tree = documents.tree(None, updates, NOTE_ROOT)
    return {
        "vector": b64encode(folded.state_vector).decode(),
        "text": "".join(letters(tree)),
        "reloaded": documents.tree(folded.state, [], NOTE_ROOT) == tree,
    }


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(integrate([b64decode(update) for update in json.loads(line)["updates"]])), flush=True)
