"""Address books of made-up people, as large as one likes."""

import random
from collections.abc import Iterator

FIRST = ("Zoé", "Léo", "Inès", "Noé", "Maya", "Tom", "Ada", "Nils", "Amara", "Éloïse", "Théo", "Ingrid", "Paul")
LAST = ("Lefèvre", "Okonkwo", "Blanc", "Sørensen", "Martin", "Äng", "Désirée", "Noir", "Petit", "Whole", "Moreau")
CITIES = ("Lyon", "Bristol", "Oslo", "Dijon", "Lille", "Gand", "Genève", "Nantes")
WORDS = ("préfère", "le", "téléphone", "jamais", "lundi", "devis", "relance", "salon", "contrat", "marge", "livraison")


def vcards(people: int, chance: random.Random) -> Iterator[str]:
    """vCards 3.0, one text each; every third person has a note, every one their own address and UID."""
    for n in range(people):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        lines = [
            "BEGIN:VCARD",
            "VERSION:3.0",
            f"N:{last};{first};;;",
            f"FN:{first} {last}",
            f"ORG:Maison {chance.choice(LAST)}",
            f"EMAIL;type=INTERNET;type=pref:{n}.{chance.randrange(10**6)}@people.example",
            f"TEL;type=CELL:+336{n:08}",
            f"ADR;type=WORK:;;{n} rue du Port;{chance.choice(CITIES)};;69000;France",
            "CATEGORIES:Clients",
            f"UID:urn:uuid:00000000-0000-4000-8000-{n:012}",
        ]
        if n % 3 == 0:
            lines.append("NOTE:" + " ".join(chance.choices(WORDS, k=30)))
        yield "\r\n".join([*lines, "END:VCARD", ""])
