"""Who may be whom, pair by pair."""

import pytest

from api.likeness import Likeness, Person, judge, likeness, person


def someone(contact_id: str, name: str, company: str = "", emails: str = "", phones: str = "") -> Person:
    return person(contact_id, name, company, frozenset(emails.split()), frozenset(phones.split()))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("Camille Roy", "", "c@roy.fr"), ("ROY Camille", "", "c@roy.fr"), Likeness(1.0, ("email", "name"))),
        (("Camille Roy", "", "c@roy.fr"), ("C. Roy", "", "c@roy.fr"), Likeness(1.0, ("email", "name"))),
        (("Camille Roy", "", "c@roy.fr"), ("", "", "c@roy.fr"), Likeness(0.9, ("email",))),
        (("Camille Roy", "", "info@acme.fr"), ("Paul Durand", "", "info@acme.fr"), Likeness(0.75, ("email",))),
        (("Zoé Lefèvre", "", "", "+331"), ("Zoe Lefevre", "", "", "+331"), Likeness(0.95, ("phone", "name"))),
        (("Camille Roy", "", "", "+331"), ("Paul Durand", "", "", "+331"), Likeness(0.55, ("phone",))),
        (("Camille Roy", "Acme", "", "+331"), ("Paul Durand", "Nordval", "", "+331"), None),
        (("Camille Roy", "Acme"), ("Camile Roy", "ACME"), Likeness(0.85, ("name", "company"))),
        (("Camille Roy",), ("Camille ROY",), Likeness(0.6, ("name",))),
        (("Camille Roy", "Acme"), ("Camille Roy", "Nordval"), None),
        (("Camille Roy",), ("Camile Roy",), None),
        (("Camille",), ("Camille",), None),
        (("C. R.", "Acme"), ("C. Roy", "Acme"), None),
        (("", "Acme"), ("", "Acme"), None),
    ],
)
def test_two_are_alike_for_reasons(one: tuple[str, ...], other: tuple[str, ...], expected: Likeness | None) -> None:
    assert likeness(someone("a", *one), someone("b", *other)) == expected
    assert likeness(someone("b", *other), someone("a", *one)) == expected


def test_neighbours_are_compared_and_those_before_not_again() -> None:
    people = [someone(f"{n:02}", "Camille Roy", "Acme") for n in range(4)]
    assert set(judge(people)) == {(f"{a:02}", f"{b:02}") for a in range(4) for b in range(a + 1, 4)}
    assert set(judge(people, new=3)) == {("00", "03"), ("01", "03"), ("02", "03")}
