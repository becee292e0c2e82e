"""Links: nothing that any reader could take for a script passes, and everything Tiptap makes of a web address does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.kinds import Schema
from sync.links import leads_to_safety

SCHEMES = Schema(roots={}).link_schemes

SAFE = [
    "https://example.com/a?b=c&amp;d=javascript:1#e",
    "HTTP://EXAMPLE.COM",
    "mailto:ada@example.com?subject=Re:%20hi",
    "tel:+33123456789",
    " https://example.com\n",
    "/prices",
    "//example.com/x",
    "#top",
    "?page=2",
    "www.example.com/a:b",
    "example.com",
    "10.0.0.1:8080",
    "",
]
HOSTILE = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript\r:alert(1)",
    "java\x00script:alert(1)",
    "java script:alert(1)",
    "\u00a0javascript:alert(1)",
    "java\u200bscript:alert(1)",
    "\ufeffjavascript:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#x3A;alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A&#x61&#x76&#x61script:alert(1)",
    "java&Tab;script:alert(1)",
    "javascript&amp;colon;alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://example.com/1",
    "view-source:https://example.com",
    "ms-word:ofe|u|https://example.com/x.doc",
]


@pytest.mark.parametrize("href", SAFE)
def test_an_address_on_the_web_passes(href: str) -> None:
    assert leads_to_safety(href, SCHEMES)


@pytest.mark.parametrize("href", HOSTILE)
def test_what_could_run_or_read_something_does_not(href: str) -> None:
    assert not leads_to_safety(href, SCHEMES)


@given(st.text(st.sampled_from("\t\n\r \x00\x01\x1f\u200b\u00ad"), max_size=3), st.lists(st.booleans(), min_size=10))
def test_no_disguise_hides_a_scheme(blank: str, capitals: list[bool]) -> None:
    name = "".join(c.upper() if up else c for c, up in zip("javascript", capitals, strict=False))
    name += "javascript"[len(name) :]
    assert not leads_to_safety(blank + blank.join(name) + blank + ":alert(1)", SCHEMES)


def test_a_long_address_is_judged_quickly() -> None:
    assert leads_to_safety("&amp;" * 200_000, SCHEMES)
