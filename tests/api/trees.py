"""Notes as Hypothesis makes them: every node and mark today's editor has, and characters that mean something."""

from hypothesis import strategies as st

from sync.tree import Element, Text

SIGNS = " *_-+#>`~[]()<&;\\!1.)=ab\xe9\xa0\u2028\t|:/"
ADDRESSES = (
    "https://example.org/a b",
    "mailto:ada@example.org",
    "http://example.org/(a)?b=1&copy;=2",
    "https://\xe9.example/<\\>",
    "tel:+33612345678",
)

_words = st.text(
    st.one_of(st.sampled_from(SIGNS), st.characters(exclude_categories=("Cs", "Cc"))), min_size=1, max_size=8
)
_plain = st.just({})
_marks = st.fixed_dictionaries(
    {},
    optional={
        "bold": _plain,
        "italic": _plain,
        "underline": _plain,
        "link": st.sampled_from(ADDRESSES).map(lambda address: {"href": address}),
    },
)


@st.composite
def _inline(draw: st.DrawFn) -> tuple[Element | Text, ...]:
    run = st.builds(Text, _words, _marks)
    return tuple(draw(st.lists(st.one_of(run, run, st.just(Element("hardBreak"))), max_size=5)))


@st.composite
def _block(draw: st.DrawFn, depth: int) -> Element:
    kind = draw(st.sampled_from(("paragraph", "heading", "bulletList", "orderedList") if depth else ("paragraph",)))
    if kind == "paragraph":
        return Element(kind, {}, draw(_inline()))
    if kind == "heading":
        return Element(kind, {"level": draw(st.integers(1, 3))}, draw(_inline()))
    attributes = {"start": draw(st.integers(0, 1200))} if kind == "orderedList" else {}
    items = draw(st.lists(_item(depth - 1), min_size=1, max_size=3))
    return Element(kind, attributes, tuple(items))


@st.composite
def _item(draw: st.DrawFn, depth: int) -> Element:
    first = Element("paragraph", {}, draw(_inline()))
    rest = draw(st.lists(_block(depth), max_size=2))
    return Element("listItem", {}, (first, *rest))


@st.composite
def notes(draw: st.DrawFn) -> Element:
    """A whole note."""
    return Element("", {}, tuple(draw(st.lists(_block(3), max_size=5))))
