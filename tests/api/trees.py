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


_run = st.builds(Text, _words, _marks)
_inline = st.lists(st.one_of(_run, _run, st.just(Element("hardBreak"))), max_size=5).map(tuple)
_paragraphs = st.builds(Element, st.just("paragraph"), _plain, _inline)
_headings = st.builds(Element, st.just("heading"), st.fixed_dictionaries({"level": st.integers(1, 3)}), _inline)


def _blocks(depth: int) -> st.SearchStrategy[Element]:
    """What may stand in a note, with lists in lists in lists."""
    if depth == 0:
        return _paragraphs
    below = _blocks(depth - 1)
    children = st.tuples(_paragraphs, st.lists(below, max_size=2)).map(lambda parts: (parts[0], *parts[1]))
    items = st.lists(st.builds(Element, st.just("listItem"), _plain, children), min_size=1, max_size=3).map(tuple)
    bullets = st.builds(Element, st.just("bulletList"), _plain, items)
    start = st.fixed_dictionaries({"start": st.integers(0, 1200)})
    return st.one_of(_paragraphs, _headings, bullets, st.builds(Element, st.just("orderedList"), start, items))


_notes = st.lists(_blocks(3), max_size=5).map(lambda blocks: Element("", {}, tuple(blocks)))


def notes() -> st.SearchStrategy[Element]:
    """A whole note."""
    return _notes
