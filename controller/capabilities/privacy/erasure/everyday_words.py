"""Surnames that are also ordinary words, first names, or very common.

Alone in a text, such a word does not prove that it means a person.
"""

from controller.kernel.privacy.names import folded_words

_SURNAMES = """
abbé achard ange auger barbe baron bateau beau beaux belle berger blanc blanche blond blot bois
boisson bon bonhomme bonne bouchard boucher boulanger bourgeois brun brune calme camus carpentier
carré chaix chapelle charbon charpentier charron chateau chat chauvin chemin chevalier chien clair
claire clerc cloutier colin collet comte coq corbeau cordier cornet couleur cour court cousin
couvreur croix cuisinier dame daniel david denis desbois deschamps descamps dimanche drap droit duc
dumont duval dupont dubois durand eau ecuyer etoile faucon favre fer feu fevre fils fleur fleury
fontaine forestier forge forges fort fortin fosse four fournier franc francs frere froid gallet
garçon gardien garnier gauche gaillard gentil gentille gerard germain gras grand grande granger gris
gros guerin guerre herbe hiver huet humbert jardin jardinier jaune jeune joli jolie jouet jour
jourdan juge laine lambert lampe lang large laurent leblanc leger lemaire lemoine leroux leroy
lelong lesage linge lion long loup louis lune maçon maire maison maitre marchal marchand marche
marechal mari marin marquis martin martinet masse maurice mercier merle meunier michel mignon
minet miroir moine monnier montagne moreau morel morin moulin mouton musique neuf noel noir noire
noiret oiseau olive oranger page pain papillon parent paris pas pasquier paul pelletier perle
perret perrin petit petite pic picard pichon pierre pigeon pin pinson plat plume poirier poisson
poissonnier pomme pommier poncet pont porte portier potier poulain poulet premier prevost prieur
prince princesse prunier quentin rat raymond renard renaud rey riche richard rivière robert roche
rocher roger roi rolland rond rosier rose rossignol rouge rousseau roussel roux roy royer sage
salle samson sauvage savant savary serre serrurier seigneur simon soleil sommer soudeur tailleur
tanneur texier thierry thomas tison tonnelier torche tour tourneur travers tremblay valet vallée
vasseur verger verrier vert vidal vieux vigne vigneron villain ville vincent vivier voisin volant
baker barber bell bird black book bright brook brown bush butcher carpenter carter castle church
clark cole cook cooper cross day dean field fisher ford forest fox french friend frost gardener
glass gold good gray green grey hall hill hunt hunter hood house king knight lake lane law light
little lock long love marsh mason may mill miller moon noble page park parker piper pool porter
potter price prior queen ray rich rivers rose rush sadler savage sharp shepherd short singer smart
smith snow stone strong summers swift taylor tower turner wall ward water weaver wells west white
winter wise wolf wood woods wright young
"""
_NOT_PEOPLE = """
accueil admin amicale asbl asso association atelier ateliers bonjour bureau café club collectif
college compagnie comité contact cooperative desk ecole ensemble entreprise equipe espace etudiants
fablab famille federation fondation foyer groupe hello info infos institut invité invités jardins
la le les lycée mail mairie maison makerspace mediatheque mjc office personne poste prof repair
school secretariat section service services societe societé stagiaire stagiaires team test the
union université usager usagers visiteur visiteurs workshop
"""
"""First words of names of associations, groups and shared mailboxes."""

EVERYDAY = frozenset(folded_words(_SURNAMES + _NOT_PEOPLE))
"""All words that alone do not identify a person."""
NOT_PEOPLE = frozenset(folded_words(_NOT_PEOPLE))
"""Words that begin names of something other than a person."""
