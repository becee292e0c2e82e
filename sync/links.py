"""Where a link may lead: the address is read as leniently as any reader of it may, then its scheme must be allowed.

Browsers drop spaces and control characters at both ends and tabs and line ends anywhere, ignore case, and decode
entities where an address went through HTML; mail programs and phones drop more. So all blanks and invisible characters
go first, and the address is judged as it is and decoded. One without a scheme stays on the page's own https site and
can run nothing: Tiptap makes such links ("/prices", "#top", "example.com") when it is given or pastes them, so they
pass.
"""

from __future__ import annotations

import html
import re
from collections.abc import Set

_INVISIBLE = re.compile(r"[\s\x00-\x20\x7f-\xa0\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\ufeff]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_DECODINGS = 3


def leads_to_safety(href: str, schemes: Set[str]) -> bool:
    """Whether `href` names one of `schemes`, or none at all, however often its entities are decoded."""
    address = href
    for _ in range(_DECODINGS):
        named = _SCHEME.match(_INVISIBLE.sub("", address))
        if named and named[1].lower() not in schemes:
            return False
        if "&" not in address:
            break
        address = html.unescape(address)
    return True
