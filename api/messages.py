"""What the server says to people, in English and in French: one catalogue each, under the same keys.

A problem has a title and a detail; a field of a form has one message. `{names}` in braces are filled in. A test keeps
the two catalogues equal in keys and in names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

Language = Literal["en", "fr"]

Problems = Mapping[str, tuple[str, str]]

_ENGLISH: Problems = {
    "malformed": ("Malformed request", "The request could not be read: {reason}."),
    "wrong_host": ("Unknown host", "This server does not answer under the host name “{host}”."),
    "unknown_parameter": ("Unknown parameter", "There is no parameter “{name}” here."),
    "unknown_property": ("Unknown property", "There is no property “{name}” here."),
    "invalid_parameter": ("Invalid parameter", "The parameter “{name}” has a value that cannot be used."),
    "unauthenticated": ("Not signed in", "Sign in, or send a valid API token."),
    "wrong_credentials": ("Sign-in failed", "This e-mail address and password do not match."),
    "forbidden": ("Not allowed", "Your role does not allow this change."),
    "wrong_origin": ("Foreign origin", "Requests from this origin are not accepted."),
    "header_required": ("Header missing", "A change made with a session cookie must carry the header X-Carnet: 1."),
    "not_found": ("Not found", "It does not exist, or you may not see it."),
    "method_not_allowed": ("Method not allowed", "This address does not take {method} requests."),
    "request_pending": ("Still under way", "A request with this Idempotency-Key has not ended; read before you retry."),
    "main_note": (
        "The main note stays",
        "The main note of a contact cannot be deleted, titled or dated. Its text can be removed.",
    ),
    "id_taken": ("Id in use", "This id already stands for something else. Choose another one."),
    "quarantined": (
        "In quarantine",
        "A stored edit makes this document unreadable: it can be read in its last good state, and not be changed.",
    ),
    "gone": ("Gone for good", "It was deleted more than {days} days ago and can no longer be restored."),
    "same_contact": ("One and the same", "A contact cannot be merged with itself."),
    "already_merged": ("Merged already", "One of these contacts was merged into another one meanwhile; see “root_id”."),
    "contact_deleted": ("Deleted", "One of these contacts was deleted. Restore it first."),
    "address_taken": ("Address in use", "Another contact has the address {value} by now; see “candidates”."),
    "possible_duplicate": (
        "Perhaps there already",
        "Another contact has {value}; see “candidates”, or send allow_duplicate: true.",
    ),
    "preview_stale": (
        "Changed meanwhile",
        "A value that you were to choose has changed; “preview” shows it as it is now.",
    ),
    "precondition_failed": ("Changed meanwhile", "It has changed since the version you read ({expected} → {current})."),
    "too_large": ("Too large", "The body may have at most {bytes_max} bytes."),
    "file_too_large": ("File too large", "A file may have at most {megabytes} MB. Export it in several parts."),
    "import_state": ("Not in this state", "The import is “{state}”: this cannot be done with it now."),
    "unsupported_media_type": ("Unsupported media type", "The body must be {expected}."),
    "validation": ("Invalid values", "Some values cannot be taken; see “errors”."),
    "key_reused": ("Key used before", "This Idempotency-Key came with another request before."),
    "throttled": ("Too many attempts", "Too many attempts. Try again in {seconds} seconds."),
    "internal": ("Server error", "Something went wrong on our side. Nothing you typed is lost."),
    "unavailable": ("Not available right now", "The server cannot answer at the moment. Try again shortly."),
}

_FRENCH: Problems = {
    "malformed": ("Requête illisible", "La requête n’a pas pu être lue : {reason}."),
    "wrong_host": ("Hôte inconnu", "Ce serveur ne répond pas sous le nom d’hôte « {host} »."),
    "unknown_parameter": ("Paramètre inconnu", "Il n’y a pas de paramètre « {name} » ici."),
    "unknown_property": ("Propriété inconnue", "Il n’y a pas de propriété « {name} » ici."),
    "invalid_parameter": ("Paramètre incorrect", "Le paramètre « {name} » a une valeur inutilisable."),
    "unauthenticated": ("Non connecté", "Connectez-vous, ou envoyez un jeton d’API valable."),
    "wrong_credentials": ("Connexion refusée", "Cette adresse e-mail et ce mot de passe ne vont pas ensemble."),
    "forbidden": ("Action non autorisée", "Votre rôle ne permet pas cette modification."),
    "wrong_origin": ("Origine étrangère", "Les requêtes venant de cette origine ne sont pas acceptées."),
    "header_required": ("En-tête manquant", "Une modification faite avec un cookie doit porter l’en-tête X-Carnet: 1."),
    "not_found": ("Introuvable", "Cet élément n’existe pas, ou vous n’y avez pas accès."),
    "method_not_allowed": ("Méthode non permise", "Cette adresse n’accepte pas les requêtes {method}."),
    "request_pending": (
        "Encore en cours",
        "Une requête avec cette Idempotency-Key n’est pas terminée ; relisez avant de réessayer.",
    ),
    "main_note": (
        "La note principale reste",
        "La note principale d’un contact ne peut être ni supprimée, ni titrée, ni datée. Son texte peut être effacé.",
    ),
    "id_taken": ("Identifiant déjà pris", "Cet identifiant désigne déjà autre chose. Choisissez-en un autre."),
    "quarantined": (
        "En quarantaine",
        "Une modification enregistrée rend ce document illisible : il reste consultable dans son dernier bon état.",
    ),
    "gone": (
        "Disparu pour de bon",
        "La suppression remonte à plus de {days} jours : il n’est plus possible de restaurer.",
    ),
    "same_contact": ("Une seule et même fiche", "Une fiche ne peut pas être fusionnée avec elle-même."),
    "already_merged": (
        "Déjà fusionnée",
        "L’une de ces fiches a été fusionnée dans une autre entre-temps ; voir « root_id ».",
    ),
    "contact_deleted": ("Fiche supprimée", "L’une de ces fiches a été supprimée. Restaurez-la d’abord."),
    "address_taken": (
        "Adresse déjà utilisée",
        "Une autre fiche porte maintenant l’adresse {value} ; voir « candidates ».",
    ),
    "possible_duplicate": (
        "Peut-être déjà là",
        "Une autre fiche porte {value} ; voir « candidates », ou envoyez allow_duplicate : true.",
    ),
    "preview_stale": (
        "Modifié entre-temps",
        "Une valeur à choisir a changé ; « preview » la montre telle qu’elle est maintenant.",
    ),
    "precondition_failed": (
        "Modifié entre-temps",
        "L’élément a changé depuis la version que vous avez lue ({expected} → {current}).",
    ),
    "too_large": ("Trop volumineux", "Le corps de la requête ne peut dépasser {bytes_max} octets."),
    "file_too_large": (
        "Fichier trop volumineux",
        "Un fichier ne peut dépasser {megabytes} Mo. Exportez-le par parties.",
    ),
    "import_state": ("Pas dans cet état", "L’import est « {state} » : cela n’est pas possible maintenant."),
    "unsupported_media_type": ("Type de contenu refusé", "Le corps de la requête doit être {expected}."),
    "validation": ("Valeurs incorrectes", "Certaines valeurs ne peuvent être acceptées ; voir « errors »."),
    "key_reused": ("Clé déjà utilisée", "Cette Idempotency-Key a déjà servi pour une autre requête."),
    "throttled": ("Trop de tentatives", "Trop de tentatives. Réessayez dans {seconds} secondes."),
    "internal": (
        "Erreur du serveur",
        "Une erreur est survenue de notre côté. Rien de ce que vous avez écrit n’est perdu.",
    ),
    "unavailable": ("Indisponible pour l’instant", "Le serveur ne peut pas répondre. Réessayez dans un instant."),
}

PROBLEMS: Mapping[Language, Problems] = {"en": _ENGLISH, "fr": _FRENCH}

FIELDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "missing": "This value is required.",
        "unknown_property": "There is no such property.",
        "wrong_type": "This is not the kind of value expected here.",
        "too_long": "At most {max_length} characters.",
        "too_short": "At least {min_length} characters.",
        "too_small": "At least {ge}.",
        "too_large": "At most {le}.",
        "not_an_option": "Expected {expected}.",
        "no_timezone": "Say the time zone, as in 2026-11-22T10:42:00Z.",
        "control_characters": "This text holds characters that cannot be shown.",
        "too_many": "At most {max_length} of them.",
        "not_an_email": "This is not an e-mail address.",
        "not_a_phone": "This is not a telephone number.",
        "read_only": "This value cannot be changed.",
        "taken": "Another contact has this value.",
        "unknown_user": "There is no such user.",
        "invalid": "This value cannot be taken.",
    },
    "fr": {
        "missing": "Cette valeur est obligatoire.",
        "unknown_property": "Cette propriété n’existe pas.",
        "wrong_type": "Ce n’est pas le genre de valeur attendu ici.",
        "too_long": "{max_length} caractères au plus.",
        "too_short": "{min_length} caractères au moins.",
        "too_small": "Au moins {ge}.",
        "too_large": "Au plus {le}.",
        "not_an_option": "Valeurs possibles : {expected}.",
        "no_timezone": "Précisez le fuseau horaire, comme dans 2026-11-22T10:42:00Z.",
        "control_characters": "Ce texte contient des caractères qui ne peuvent être affichés.",
        "too_many": "{max_length} au plus.",
        "not_an_email": "Ce n’est pas une adresse e-mail.",
        "not_a_phone": "Ce n’est pas un numéro de téléphone.",
        "read_only": "Cette valeur ne peut pas être modifiée.",
        "taken": "Un autre contact porte déjà cette valeur.",
        "unknown_user": "Cet utilisateur n’existe pas.",
        "invalid": "Cette valeur ne peut être acceptée.",
    },
}


_MONTHS: Mapping[Language, Sequence[str]] = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
}
_MERGED_NOTES: Mapping[Language, tuple[str, str]] = {
    "en": ("Notes of {name} (merged {day})", "a contact without a name"),
    "fr": ("Notes de {name} (fusionné le {day})", "un contact sans nom"),
}


def merged_notes_title(name: str, at: datetime, language: Language) -> str:
    """The title of what was the main note of a contact, now that it stands among another one's."""
    title, nameless = _MERGED_NOTES[language]
    day = f"{at.day} {_MONTHS[language][at.month - 1]} {at.year}"
    return title.format(name=name or nameless, day=day)


def language_of(accept_language: str | None) -> Language:
    """The language a browser asks for first, among ours; English where it asks for neither."""
    wanted: list[tuple[float, Language]] = []
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        quality = _quality(parameters)
        if quality <= 0:
            continue
        if primary == "fr":
            wanted.append((quality, "fr"))
        elif primary == "en":
            wanted.append((quality, "en"))
    # Of equal wishes the first named wins: max() keeps the first of equals.
    return max(wanted, key=lambda wish: wish[0])[1] if wanted else "en"


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
