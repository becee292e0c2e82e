"""Why somebody, or a part of somebody, was not taken from a file: in English and in French, under the same codes."""

from __future__ import annotations

from collections.abc import Mapping

from api.messages import Language

REASONS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "empty_file": "The file is empty.",
        "not_text": "This is not a file of text. Export the contacts as vCard (.vcf) or CSV.",
        "unknown_format": "Neither vCards nor a CSV file whose first line names columns of contacts.",
        "unfinished": "The card has no end.",
        "unreadable_line": "A line of the card cannot be read.",
        "outside_card": "This stands outside of any card.",
        "group": "This is a group, not a person.",
        "empty": "There is nothing here that a contact holds.",
        "too_long": "The record is too long.",
        "unclosed_quote": "A quotation mark is opened and never closed.",
        "unreadable": "This cannot be read.",
        "same_person": "The same person stands on an earlier line of the file; this record was left out.",
        "value_too_long": "The value is too long.",
        "note_too_long": "The note is too long.",
        "too_many_values": "There are too many of them; the first ones were taken.",
        "too_many": "There are too many of them.",
        "photo_elsewhere": "The photo is only an address; nothing is fetched from elsewhere.",
        "photo_too_large": "The photo is too large.",
        "photo_unreadable": "The photo is not a picture that can be shown.",
        "not_an_email": "This is not an e-mail address.",
        "not_a_phone": "This is not a telephone number.",
        "not_an_option": "This is none of the values to choose from.",
        "control_characters": "It holds characters that cannot be shown.",
        "taken": "Another contact has this value.",
        "invalid": "This value cannot be taken.",
    },
    "fr": {
        "empty_file": "Le fichier est vide.",
        "not_text": "Ce n’est pas un fichier texte. Exportez les contacts en vCard (.vcf) ou en CSV.",
        "unknown_format": "Ni vCards, ni fichier CSV dont la première ligne nomme des colonnes de contacts.",
        "unfinished": "La carte n’a pas de fin.",
        "unreadable_line": "Une ligne de la carte est illisible.",
        "outside_card": "Ceci se trouve hors de toute carte.",
        "group": "C’est un groupe, pas une personne.",
        "empty": "Il n’y a rien ici qu’un contact puisse contenir.",
        "too_long": "L’enregistrement est trop long.",
        "unclosed_quote": "Un guillemet est ouvert et jamais fermé.",
        "unreadable": "Ceci est illisible.",
        "same_person": "La même personne figure plus haut dans le fichier ; cet enregistrement a été ignoré.",
        "value_too_long": "La valeur est trop longue.",
        "note_too_long": "La note est trop longue.",
        "too_many_values": "Il y en a trop ; les premières ont été prises.",
        "too_many": "Il y en a trop.",
        "photo_elsewhere": "La photo n’est qu’une adresse ; rien n’est téléchargé d’ailleurs.",
        "photo_too_large": "La photo est trop volumineuse.",
        "photo_unreadable": "La photo n’est pas une image que l’on puisse afficher.",
        "not_an_email": "Ce n’est pas une adresse e-mail.",
        "not_a_phone": "Ce n’est pas un numéro de téléphone.",
        "not_an_option": "Cette valeur ne fait pas partie des choix.",
        "control_characters": "La valeur contient des caractères qui ne peuvent être affichés.",
        "taken": "Un autre contact porte déjà cette valeur.",
        "invalid": "Cette valeur ne peut être acceptée.",
    },
}


def reason(code: str, language: Language) -> str:
    """The sentence of a code."""
    return REASONS[language].get(code, REASONS[language]["invalid"])
