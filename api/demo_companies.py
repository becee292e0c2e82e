"""Where the people of the demo work, what they do there, and a word or two about some. All of it invented.

Domains end in `.example`, telephone numbers are those that France, Britain and the United States keep for films.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Country = Literal["fr", "uk", "us", "de"]


@dataclass(frozen=True, slots=True)
class Company:
    """An employer. `staff` has a line for each person: first name, last name | what they do | what was noted."""

    name: str
    domain: str
    city: str
    country: Country
    stage: str
    tags: str
    staff: str


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody at a company."""

    firstname: str
    lastname: str
    jobtitle: str
    note: str
    company: Company


def posts() -> Iterator[Post]:
    """Everybody, company by company."""
    for company in COMPANIES:
        for line in company.staff.strip().splitlines():
            name, jobtitle, note = (part.strip() for part in f"{line} | | ".split("|")[:3])
            firstname, lastname = (part.replace("_", " ") for part in name.split(" ", 1))
            yield Post(firstname, lastname, jobtitle, note, company)


COMPANIES = (
    Company("Nordval", "nordval.example", "Lille", "fr", "opportunity", "salon de Lyon", """
        Camille Roy | Directrice des achats
        Yanis Belkacem | Directeur commercial
        Paul Delattre | Directeur financier | Valide ce que Camille propose, s’il a le devis la veille.
        Sonia Vasseur | Responsable région Ouest
        Rémi Cordier | Chef des ventes
        Nadège Lesage | Assistante commerciale | C’est elle qui tient l’agenda de Yanis.
    """),
    Company("Atelier Bleu", "atelierbleu.example", "Nantes", "fr", "customer", "artisan", """
        Inès Fournier | Gérante
        Salomé Fournier | Gérante | La sœur d’Inès. Pour les factures, passer par elle.
        Erwan Le_Goff | Chef d’atelier
        Maëlle Riou | Comptable
    """),
    Company("Kalia", "kalia.example", "Paris", "fr", "opportunity", "table ronde", """
        Sarah Nguyen | Directrice de la relation client
        Hugo Lambert | Responsable support
        Baptiste Girard | Développeur
        Louise Tessier | Cheffe de projet | A préparé le cahier des charges de la migration, page 12 pour les dates.
        Mehdi Cherif | Responsable données
        Apolline Brun | Stagiaire
    """),
    Company("Duval Conseil", "duvalconseil.example", "Bordeaux", "fr", "evangelist", "prescripteur", """
        Marc-Antoine Duval | Associé fondateur
        Théo Marchand | Consultant
        Bérénice Lacoste | Consultante senior
        Gaspard Dumas | Associé
    """),
    Company("Main Tendue", "maintendue.example", "Lyon", "fr", "lead", "association, salon de Lyon", """
        Lina Haddad | Coordinatrice des bénévoles
        Clara Vidal | Présidente
        Sylvain Morel | Trésorier | Demande un devis par trimestre, pas par an.
        Josiane Pons | Bénévole
        Ibrahim Sow | Bénévole
    """),
    Company("Vélocité", "velocite.example", "Lyon", "fr", "customer", "transport", """
        Anaïs Perrin | Directrice générale
        Nathan Dupuis | Responsable flotte
        Jules Ferrand | Mécanicien en chef
        Noémie Charpentier | Relation usagers | Voudrait voir les réclamations à côté de nos notes.
        Farid Mansouri | Responsable exploitation
    """),
    Company("Hughes & Partners", "hughespartners.example", "London", "uk", "customer", "agency, renewal", """
        Oliver Hughes | Managing director
        Priya Sharma | Finance director
        Imogen Clarke | Account director | Would run the reference call if we ask her two weeks ahead.
        Rhys Morgan | Studio manager, Cardiff
        Beatrice Lowe | Studio manager, Bristol
        Toby Ashworth | Producer
    """),
    Company("Northgate Support", "northgate.example", "Leeds", "uk", "opportunity", "tender", """
        James Okafor | Head of support
        Alice Whitaker | Team lead | Owns the pilot day to day. Start with her, not with James.
        Connor Doyle | Security officer
        Megan Price | Procurement
        Samir Rahman | Support engineer
    """),
    Company("Tideline", "tideline.example", "Brighton", "uk", "lead", "newsletter", """
        Emily Carter | Founder
        Noah Bennett | Sales lead, Americas
        Freya Hastings | Designer
        Callum Reid | Operations
    """),
    Company("Brightside Retail", "brightside.example", "Manchester", "uk", "other", "retail", """
        Ethan Walsh | Consultant
        William Adeyemi | Head of stores
        Charlotte Barnes | Buyer | Took over from Ethan in August; still finding her way in his files.
        Aidan Murphy | Regional manager
        Zara Hussain | Customer insight
    """),
    Company("Clover Clinics", "cloverclinics.example", "Boston", "us", "customer", "healthcare", """
        Grace Kim | Director of onboarding
        Marcus Hill | Head of IT | Single sign-on first, everything else after.
        Renee Ortiz | Clinic manager
        Jordan Blake | Clinic manager
        Naomi Stein | Compliance officer | Reads every contract herself. Answers within the day.
    """),
    Company("Novak Instruments", "novak.example", "Chicago", "us", "opportunity", "demo", """
        Daniel Novak | Vice president, sales
        Adam Fischer | Field engineer
        Linda Park | Sales operations
        Trevor Banks | Field engineer | On the road from Monday to Thursday; the phone app matters most to him.
    """),
    Company("Harbor Lane Books", "harborlane.example", "Portland", "us", "subscriber", "newsletter", """
        Sofia Rossi | Owner
        Miles Turner | Events | Plans twenty readings a year and forgets none.
        Delia Grant | Bookkeeper
    """),
    Company("Moreau Distribution", "moreau-distribution.example", "Rennes", "fr", "customer", "export", """
        Lucas Moreau | Responsable informatique
        Juliette Masson | Directrice logistique
        Gwenaëlle Prigent | Approvisionnement
        Alban Roussel | Responsable entrepôt | Joignable sur le quai, jamais au bureau.
        Tiphaine Guillou | Service client
    """),
    Company("Maison Garnier", "maisongarnier.example", "Reims", "fr", "customer", "contrat à revoir", """
        Chloé Garnier | Directrice commerciale
        Pauline Aubert | Responsable export
        Édouard Garnier | Président
        Victoire Leroux | Responsable boutique
        Florian Petitjean | Caviste | Connaît les clients par leur cave. Ses notes papier sont une mine.
    """),
    Company("Rail Express", "railexpress.example", "Dijon", "fr", "marketingqualifiedlead", "transport", """
        Antoine Lefèvre | Directeur du développement
        Manon Robert | Chargée d’affaires
        Ludovic Bailly | Chef de gare
        Sabrina Ouali | Responsable formation
    """),
    Company("Schmidt Werkzeuge", "schmidt-werkzeuge.example", "Hamburg", "de", "salesqualifiedlead", "industry", """
        Hannah Schmidt | Head of sales
        Jonas Weber | Purchasing | The six weeks are his. A complete file makes it four.
        Lena Hoffmann | Export
        Felix Brandt | IT
    """),
    Company("Groupe Atlas", "groupe-atlas.example", "Marseille", "fr", "opportunity", "multi-agences", """
        Karim Benali | Directeur des systèmes d’information
        Isabelle Faure | Cheffe d’agence, Toulon
        Malik Zeroual | Chef d’agence, Aix
        Corinne Astier | Directrice juridique | Relit la clause sur la reprise des données.
        Stéphane Rolland | Directeur général
        Yasmina Kaci | Assistante de direction
    """),
    Company("Colin Père et Fils", "colin-fils.example", "Strasbourg", "fr", "salesqualifiedlead", "négociation", """
        Margaux Colin | Directrice
        Bernard Colin | Fondateur | À la retraite, mais appelle tous les lundis.
        Céline Wagner | Comptable
        Quentin Muller | Chef de chantier
    """),
    Company("Renard Accessibilité", "renard-a11y.example", "Toulouse", "fr", "customer", "vip", """
        Élodie Renard | Fondatrice
        Vincent Castel | Auditeur | Nous a signalé deux défauts de contraste, corrigés depuis.
        Léonie Barthe | Formatrice
    """),
    Company("Studio Caron", "studiocaron.example", "Montpellier", "fr", "customer", "suspendu", """
        Mathilde Caron | Architecte
        Amélie Blanchard | Architecte
        Simon Vial | Dessinateur
        Agathe Fabre | Assistante | Remplace Mathilde jusqu’au 5 janvier.
    """),
    Company("Leclerc Menuiserie", "leclerc-menuiserie.example", "Angers", "fr", "evangelist", "vip, témoignage", """
        Thomas Leclerc | Gérant
        Zoé Lemaire | Responsable des ventes
        Raphaël Bodin | Poseur
        Martine Leclerc | Accueil | Toujours commencer par prendre des nouvelles.
    """),
    Company("Da Silva Logistics", "dasilva.example", "Birmingham", "uk", "customer", "support", """
        Ruben Da_Silva | IT manager
        Marta Oliveira | Network engineer | Found the proxy’s timeout in ten minutes. Ask her first.
        Grant Fletcher | Warehouse director
        Holly Simmons | Dispatcher
    """),
    Company("Soleil & Cie", "soleilcie.example", "Nice", "fr", "lead", "énergie", """
        Aïcha Diallo | Responsable partenariats
        Gabriel Rey | Ingénieur
        Ophélie Marin | Chargée de clientèle
        Damien Costa | Directeur technique | Veut une intégration avec leur outil de planification.
    """),
    Company("Les Toits de Paris", "toitsdeparis.example", "Paris", "fr", "lead", "artisan", """
        Kévin Da_Costa | Couvreur
        Solène Aubry | Gérante
        Ousmane Traoré | Chef d’équipe
    """),
    Company("Librairie du Port", "librairieduport.example", "La Rochelle", "fr", "subscriber", "lettre", """
        Marion Texier | Libraire | Invite ses clients par carte postale. Oui, encore.
        Alexis Gendron | Libraire
    """),
    Company("Clinique des Tilleuls", "tilleuls.example", "Tours", "fr", "marketingqualifiedlead", "santé", """
        Hélène Chartier | Directrice
        Patrick Joubert | Cadre de santé
        Sandrine Hubert | Secrétaire médicale
        Emmanuel Picard | Responsable informatique | Hébergement en France, sauvegardes chiffrées : deux conditions.
    """),
    Company("Fromagerie Vallon", "vallon.example", "Annecy", "fr", "customer", "artisan", """
        Lucie Vallon | Fromagère
        Bastien Vallon | Affineur
        Coralie Duret | Vente en ligne | Noël commence le 15 septembre chez eux.
    """),
    Company("École Jean-Moulin", "jeanmoulin.example", "Clermont-Ferrand", "fr", "other", "éducation", """
        Nathalie Besson | Directrice
        Olivier Chabert | Professeur
        Fatou Ndiaye | Vie scolaire
    """),
    Company("Port Solent Marine", "portsolent.example", "Southampton", "uk", "salesqualifiedlead", "boats", """
        Gareth Powell | Harbour master
        Lydia Marsh | Berth sales | Season opens in April: nothing new after mid-March.
        Owen Pritchard | Engineer
        Phoebe Langley | Office manager
    """),
    Company("Fernhill Farm", "fernhill.example", "Norwich", "uk", "subscriber", "food", """
        Ruth Appleby | Farmer
        Jack Appleby | Farm shop | Text messages only, there is no signal in the barn.
        Elsie Dawson | Wholesale
    """),
    Company("Quill Legal", "quill.example", "Edinburgh", "uk", "opportunity", "legal, vip", """
        Fiona MacLeod | Partner
        Hamish Grant | Partner | Wants to see who wrote what, and when. Showed him the history.
        Nadia Iqbal | Practice manager
        Robert Sinclair | Paralegal
    """),
    Company("Cedar & Stone", "cedarstone.example", "Denver", "us", "lead", "architecture", """
        Amber Lewis | Principal
        Carlos Mendoza | Project manager
        Hailey Brooks | Marketing
        Victor Chen | Architect | Met at the Leeds tender, of all places. Cousin of Linda Park.
    """),
    Company("Mile High Movers", "milehigh.example", "Denver", "us", "marketingqualifiedlead", "transport", """
        Dwayne Foster | Owner
        Tessa Boyd | Scheduling | Forty trucks, one whiteboard. She would love to lose the whiteboard.
        Luis Herrera | Driver lead
    """),
    Company("Lakeview Credit Union", "lakeview.example", "Minneapolis", "us", "opportunity", "finance", """
        Karen Olson | Member services
        Abdul Hassan | Risk
        Peter Lindgren | Chief operating officer | Board meets on the second Tuesday. No decision before.
        Monica Reyes | Branch manager
    """),
    Company("Bergmann Optik", "bergmann.example", "München", "de", "customer", "industry", """
        Katrin Bergmann | Managing director
        Stefan Vogel | Service
        Mira Yilmaz | Sales | Prefers English in writing, French on the phone.
    """),
    Company("Compagnie du Levant", "levant.example", "Avignon", "fr", "subscriber", "culture", """
        Agnès Delorme | Administratrice
        Bruno Sanchez | Régisseur
        Iris Monnier | Comédienne
        Jean-Baptiste Arnaud | Metteur en scène | En création jusqu’en juin : ne répond qu’aux lettres.
    """),
    Company("Imprimerie Sauvage", "sauvage.example", "Limoges", "fr", "customer", "artisan", """
        Dominique Sauvage | Imprimeur
        Élise Fontaine | Infographiste
        Romain Prévost | Commercial | Très à l’aise avec l’outil ; propose de former les autres imprimeurs du réseau.
    """),
    Company("Pharmacie des Halles", "halles.example", "Grenoble", "fr", "lead", "santé", """
        Valérie Jacquet | Pharmacienne
        Tristan Bouvier | Préparateur
        Samia Belhadj | Préparatrice
    """),
    Company("Océane Traiteur", "oceane.example", "Brest", "fr", "salesqualifiedlead", "événements", """
        Océane Kerbrat | Traiteur | Deux cents couverts le 14 juillet, puis un mois de repos.
        Yann Kerbrat | Cuisinier
        Lise Morvan | Coordination
    """),
    Company("Tremblay Immobilier", "tremblay.example", "Metz", "fr", "customer", "immobilier", """
        Geneviève Tremblay | Directrice
        Arthur Noël | Agent
        Kelly Schneider | Agente | Photographie chaque bien elle-même, demande plus de place pour les images.
        Maxime Henry | Agent
    """),
    Company("Coopérative du Marais", "marais.example", "Niort", "fr", "opportunity", "agriculture", """
        Gisèle Bertin | Présidente
        Loïc Guérin | Maraîcher
        Perrine Chauvin | Animatrice du réseau | Quarante fermes, quarante façons de noter. Atelier en février.
        Hervé Billaud | Trésorier
    """),
    Company("Auto-école Mistral", "mistral.example", "Nîmes", "fr", "lead", "formation", """
        Laetitia Roche | Gérante
        Jérémy Vidal | Moniteur
        Anouk Sabatier | Secrétariat | Les élèves écrivent la nuit ; elle répond à 7 h.
    """),
    Company("Thermes de Sauviat", "sauviat.example", "Vichy", "fr", "marketingqualifiedlead", "santé", """
        Christophe Barreau | Directeur
        Éliane Peyrot | Réservations
        Diane Courtois | Responsable des soins | Curistes fidèles depuis vingt ans : l’historique compte plus que tout.
        Régis Lafont | Informatique
    """),
    Company("Festival Les Voix", "lesvoix.example", "Lyon", "fr", "customer", "culture, salon de Lyon", """
        Capucine Mercier | Programmation
        Idriss Benhamou | Billetterie
        Rosalie Thévenet | Mécénat | Cent mécènes, tous différents. Ne jamais les appeler « prospects ».
        Achille Ponsard | Technique
    """),
    Company("Waverley Hotels", "waverley.example", "Edinburgh", "uk", "customer", "hospitality", """
        Catriona Baird | Guest relations | Guests’ wishes belong into notes: feather pillows, ground floor, no lilies.
        Duncan Muir | Group manager
        Simran Kaur | Reservations
        Angus Rennie | Night manager
    """),
    Company("Bluebird Bikes", "bluebird.example", "Oxford", "uk", "lead", "retail", """
        Harriet Moss | Owner
        Leon Fraser | Mechanic
        Poppy Ellis | Online shop | Asked for a way to find customers by the serial number of their bike.
    """),
    Company("Prairie Wind Energy", "prairiewind.example", "Omaha", "us", "salesqualifiedlead", "energy", """
        Curtis Yoder | Land relations | Four hundred landowners, most of them by telephone only.
        Janet Kowalski | Contracts
        Omar Siddiqui | Grid engineer
        Becky Larson | Office manager
    """),
    Company("Juniper Pediatrics", "juniper.example", "Austin", "us", "opportunity", "healthcare", """
        Elena Vargas | Practice owner
        Wesley Tran | Front desk
        Simone Avery | Nurse lead | Same question as Grace Kim asked: switching people on a shared tablet.
    """),
    Company("Old Mill Brewing", "oldmill.example", "Burlington", "us", "subscriber", "food", """
        Hank Sorensen | Brewer
        Gloria Nash | Distribution
        Ivy Coleman | Taproom | Runs the mug club of 900 members from a shoebox. Send her the import guide.
        Reggie Pruitt | Sales
    """),
)  # fmt: skip
