"""The people of the demo: some two hundred, with what Léa and Tom noted about some of them. Invented, all of them.

Those with whom the two have much to do stand here; where everybody works, and who else there is, in demo_companies.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.demo_companies import Post, posts


@dataclass(frozen=True, slots=True)
class Dated:
    """A dated note (Markdown), so many days ago."""

    days: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Person:
    """A contact: what Léa wrote in its main note (Markdown), what Tom added below, and the dated notes of both."""

    firstname: str
    lastname: str
    lea: str = ""
    tom: str = ""
    dated: tuple[Dated, ...] = ()


PERSONS = (
    Person(
        "Camille",
        "Roy",
        """Préfère le téléphone le matin, jamais avant 9 h. Décide avec Paul (finance) — l’inclure dès le devis.

- Budget 2027 ouvert en **janvier**
- Veut voir la démo sur mobile, son équipe est en tournée

Allergique aux relances par e-mail. La rappeler après le salon de Lyon.""",
        dated=(
            Dated(
                3,
                "Appel : le devis",
                """A lu le devis avec Paul. Deux questions :

- la reprise des **notes** de l’ancien outil, avec leurs dates
- la facturation au mois la première année

Réponse promise pour vendredi.""",
            ),
            Dated(
                19,
                "Démonstration à Lyon",
                "Quarante minutes, trois personnes. Ce qui a plu : écrire *à deux* dans la même note, et hors ligne.",
            ),
            Dated(48, "Premier contact", "Venue au stand par Yanis. Cherche à quitter des tableurs partagés."),
        ),
    ),
    Person(
        "Yanis",
        "Belkacem",
        """## Nordval, essai de trois mois

Vu au salon de Lyon. Quarante commerciaux, tous sur téléphone.

1. Envoyer les accès d’essai à son équipe *Ouest*
2. Point hebdomadaire le **mardi à 14 h**
3. Bilan avec la direction fin février""",
        "Les accès sont partis, il a confirmé la réception.",
        (
            Dated(
                1, "Point du mardi", "Vingt-six comptes actifs sur quarante. Manque : le tri par ville sur téléphone."
            ),
            Dated(15, "Ouverture de l’essai", "Équipe *Ouest* invitée. Personne n’a eu besoin du mode d’emploi."),
        ),
    ),
    Person(
        "Inès",
        "Fournier",
        """Dirige l’Atelier Bleu avec sa sœur. Passe à Lyon tous les jeudis, déjeune volontiers.

Ne signe rien sans l’avoir imprimé et relu une nuit.""",
    ),
    Person("Hugo", "Lambert"),
    Person(
        "Sarah",
        "Nguyen",
        """Intervient au salon le 14, table ronde « vendre sans harceler ». Lui demander ses diapositives.

- Kalia quitte son outil actuel en **juin**
- L’import doit garder les *dates* de leurs notes, elle y tient""",
        "Essayé leur export : 12 400 fiches, les dates y sont, les auteurs non.",
    ),
    Person("Marc-Antoine", "Duval", "Duval Conseil. Prescripteur : il nous a déjà amené deux clients. À remercier."),
    Person(
        "Lina",
        "Haddad",
        """Stand B12, salon de Lyon. Cherche un outil que ses bénévoles comprennent **sans formation**.

Tarif associations à lui confirmer, voir [les conditions](https://example.org/tarifs/associations).""",
    ),
    Person("Théo", "Marchand"),
    Person("Anaïs", "Perrin", "Préfère Lyon centre pour les rendez-vous, elle vient à vélo."),
    Person(
        "Oliver",
        "Hughes",
        """## Renewal in March

Happy with the product, unhappy with the *invoices*: three entities, three orders. Finance contact is **Priya**.

- One invoice with three lines would do, he says
- Wants a reference call with another agency before he signs""",
        "Spoke to Priya. One invoice is fine as long as the PO numbers are on it.",
    ),
    Person("Emily", "Carter", "Prefers WhatsApp over e-mail. In Lisbon until the end of May, so one hour behind us."),
    Person(
        "James",
        "Okafor",
        """Evaluating us against two others; decision on **12 December**.

1. Security questionnaire: sent
2. Pilot with the support desk in Leeds
3. Pricing for 80 seats, *not* 50""",
    ),
    Person("Sofia", "Rossi"),
    Person(
        "Lucas",
        "Moreau",
        """Vient du support, connaît nos limites mieux que nous.

Ticket ouvert en octobre sur l’export : **résolu**, le lui dire de vive voix.""",
        "Appelé. Il teste vendredi et me rappelle.",
    ),
    Person(
        "Chloé", "Garnier", "Nouvelle directrice commerciale depuis septembre. Reprend tous les contrats un par un."
    ),
    Person("Nathan", "Dupuis"),
    Person(
        "Grace",
        "Kim",
        """Runs onboarding for a chain of 14 clinics.

- Nurses share tablets, so people *must* be able to switch accounts fast
- No patient data in notes, ever: she will check""",
    ),
    Person("Antoine", "Lefèvre", "Toujours joignable entre deux trains : 7 h 40 et 18 h 15. Va droit au but."),
    Person("Manon", "Robert"),
    Person(
        "Daniel",
        "Novak",
        """Liked that the notes save themselves; asked twice what happens **offline**. Showed him, cable in hand.

He wants that demo in front of his team.""",
    ),
    Person("Zoé", "Lemaire", "A connu Léa chez son employeur précédent. Tutoiement."),
    Person(
        "Hannah", "Schmidt", "Writes in German, answers in English. Contract goes through *Einkauf*, allow six weeks."
    ),
    Person(
        "Karim",
        "Benali",
        """## Réunion du 3 novembre

Présents : Karim, deux chefs d’agence, nous deux.

- Les agences gardent chacune **leurs** contacts
- Le siège voit tout, sans écrire
- Reprise des données avant la fermeture de Noël""",
        """À retenir :

1. Les rôles suffisent pour commencer
2. Rappeler le 20 pour le calendrier""",
    ),
    Person("Pauline", "Aubert"),
    Person("Ethan", "Walsh", "Left Brightside in August, now consulting. Keep in touch, he knows everybody in retail."),
    Person(
        "Margaux",
        "Colin",
        """Demande une remise de 20 %, s’attend à 8 %. Ne pas descendre sous **8 %**.

Paiement à 45 jours, livraison sur deux sites.""",
    ),
    Person("Adam", "Fischer"),
    Person("Élodie", "Renard", "Accessibilité : utilise un lecteur d’écran. Envoyer du texte, pas des captures."),
    Person(
        "Priya",
        "Sharma",
        """Finance at Oliver’s group. Precise, kind, *very* busy at month’s end.

Purchase orders: 4471 (London), 4472 (Bristol), 4473 (Cardiff).""",
    ),
    Person("Baptiste", "Girard"),
    Person("Mathilde", "Caron", "Abonnement suspendu pendant son congé, reprise le 5 janvier. Ne pas relancer avant."),
    Person("Noah", "Bennett", "Referred by Emily Carter. First call on Thursday, 16:30 his time (UTC−5)."),
    Person("Juliette", "Masson"),
    Person(
        "Thomas",
        "Leclerc",
        """Client depuis le premier jour. Deux idées qu’il répète :

- voir qui a écrit quoi
- chercher dans les notes sans penser aux **accents**""",
        "Il veut bien témoigner sur le site, avec photo.",
    ),
    Person("Amélie", "Blanchard", "Le standard filtre : demander « le bureau du fond »."),
    Person("William", "Adeyemi"),
    Person("Clara", "Vidal", "Association de quartier, six bénévoles. Budget voté en **mars**, pas avant."),
    Person("Isabelle", "Faure"),
    Person(
        "Ruben",
        "Da Silva",
        """Support escalation, closed: sync stopped behind their proxy. Cause was a *30 s* idle timeout on their side.

Their network person is Marta; she was great.""",
    ),
    Person("Aïcha", "Diallo", "Préfère qu’on l’appelle « Aïcha » tout court. Répond le soir, après 20 h."),
)

_POSTS: dict[tuple[str, str], Post] = {(post.firstname, post.lastname): post for post in posts()}
_KNOWN = {(person.firstname, person.lastname) for person in PERSONS}

PEOPLE = (
    *PERSONS,
    *(Person(*name, lea=post.note) for name, post in _POSTS.items() if name not in _KNOWN),
)

# Numbers that no telephone has.
_MOBILES = {
    "fr": "+33 6 39 98 {:02} {:02}",
    "uk": "+44 7700 900{1:03}",
    "us": "+1 202 555 01{1:02}",
    "de": "+49 171 39200{1:02}",
}
_OFFICES = {
    "fr": "+33 1 99 00 {:02} {:02}",
    "uk": "+44 20 7946 0{1:03}",
    "us": "+1 212 555 01{1:02}",
    "de": "+49 30 23125{1:03}",
}


def properties_of(number: int, person: Person, owners: Sequence[str]) -> dict[str, Any]:
    """What is known of the `number`th, as REST takes it. Of some more is known than of others."""
    post = _POSTS[person.firstname, person.lastname]
    company = post.company
    address = f"{_plain(person.firstname)}.{_plain(person.lastname)}"
    emails = [f"{address}@{company.domain}", *([f"{address}@courriel.example"] if number % 9 == 4 else [])]
    phones = [_MOBILES[company.country]] if number % 3 else []
    phones += [_OFFICES[company.country]] if number % 4 == 1 else []
    return {
        "firstname": person.firstname,
        "lastname": person.lastname,
        "jobtitle": post.jobtitle,
        "company": company.name,
        "city": company.city,
        "emails": emails,
        "phones": [phone.format(number // 100, number % 100) for phone in phones],
        "tags": company.tags.split(", ") if number % 2 else [],
        "lifecyclestage": company.stage,
        "owner_id": owners[len(company.name) % len(owners)],
    }


def _plain(name: str) -> str:
    """As it stands in an address: Élodie Le Goff → elodie.legoff."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isascii() and (letter.isalpha() or letter == "-"))
