"""Other words for the same name: countries and what is of them, spellings, numerals.

Every line of the tables holds what may stand for each other. Words are in small letters, without
accents, and without small words such as "of", as a `Name` has them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from grounding.checking.facts.numbers import ONES, ORDINALS
from grounding.query.analysis.vocabulary import words

_WORD: Final = re.compile(r"\w+")

_WORDS: Final = """
afghanistan afghan
albania albanian
algeria algerian
argentina argentine argentinian
armenia armenian
australia australian aussie
austria austrian
azerbaijan azerbaijani azeri
bahrain bahraini
bangladesh bangladeshi
belarus belarusian
belgium belgian
bolivia bolivian
bosnia bosnian
brazil brazilian
britain british uk
bulgaria bulgarian
cambodia cambodian
cameroon cameroonian
canada canadian
chile chilean
china chinese
colombia colombian
congo congolese
croatia croatian croat
cuba cuban
cyprus cypriot
czechia czech
denmark danish dane
ecuador ecuadorian ecuadorean
egypt egyptian
england english
estonia estonian
ethiopia ethiopian
finland finnish
france french
germany german
ghana ghanaian
greece greek
greenland greenlandic
guatemala guatemalan
haiti haitian
honduras honduran
hungary hungarian
iceland icelandic
india indian
indonesia indonesian
iran iranian
iraq iraqi
ireland irish
israel israeli
italy italian
jamaica jamaican
japan japanese
jordan jordanian
kazakhstan kazakh kazakhstani
kenya kenyan
korea korean
kosovo kosovar
kuwait kuwaiti
laos laotian
latvia latvian
lebanon lebanese
libya libyan
lithuania lithuanian
luxembourg luxembourgish
malaysia malaysian malay
mali malian
malta maltese
mexico mexican
moldova moldovan
mongolia mongolian
montenegro montenegrin
morocco moroccan
mozambique mozambican
myanmar burma burmese
namibia namibian
nepal nepali nepalese
netherlands dutch holland
nicaragua nicaraguan
nigeria nigerian
norway norwegian
oman omani
pakistan pakistani
palestine palestinian
panama panamanian
paraguay paraguayan
peru peruvian
philippines philippine filipino filipina
poland polish
portugal portuguese
qatar qatari
romania romanian
russia russian
rwanda rwandan
scotland scottish scots
senegal senegalese
serbia serbian serb
singapore singaporean
slovakia slovak slovakian
slovenia slovenian slovene
somalia somali somalian
spain spanish spaniard
sudan sudanese
sweden swedish swede
switzerland swiss
syria syrian
taiwan taiwanese
tanzania tanzanian
thailand thai
tibet tibetan
tunisia tunisian
turkey turkiye turkish turk
uganda ugandan
ukraine ukrainian
uruguay uruguayan
us usa america american
uzbekistan uzbek
venezuela venezuelan
vietnam vietnamese
wales welsh
yemen yemeni
zambia zambian
zimbabwe zimbabwean
europe european
africa african
asia asian
kyiv kiev
odesa odessa
qaida qaeda
zelenskyy zelensky zelenskiy
hizbollah hezbollah hizbullah
muhammad mohammed mohammad mohamed muhammed
avenue ave
boulevard blvd
highway hwy
lane ln
mount mt
parkway pkwy
road rd
route rte
saint st
street st
fort ft
university univ
northwest nw
northeast ne
southwest sw
southeast se
"""
_STATES: Final = """
alabama al|alaska ak|arizona az ariz|arkansas ar ark|california ca calif cal|colorado co colo
connecticut ct conn|delaware de|florida fl fla|georgia ga|hawaii hi|idaho id|illinois il
indiana in|iowa ia|kansas ks kan|kentucky ky|louisiana la|maine me|maryland md|massachusetts ma
michigan mi mich|minnesota mn minn|mississippi ms|missouri mo|montana mt|nebraska ne neb
nevada nv nev|ohio oh|oklahoma ok okla|oregon or|pennsylvania pa|tennessee tn tenn|texas tx tex
utah ut|vermont vt|virginia va|washington wa|wisconsin wi wis|wyoming wy wyo
"""
"""Of the United States, with what the post and newspapers write for them."""
_OF_PERSONS: Final = words(
    "holland jordan cuban israel qaida qaeda zelenskyy zelensky zelenskiy hezbollah hizbollah"
    " hizbullah muhammad mohammed mohammad mohamed muhammed georgia virginia"
)
"""Those of the words above that may be a person's last name alone."""
_SHORT_NAMES: Final = frozenset(
    {("becky", "rebecca"), ("betty", "elizabeth"), ("beth", "elizabeth"), ("bill", "william")}
    | {("billy", "william"), ("bob", "robert"), ("bobby", "robert"), ("dick", "richard")}
    | {("drew", "andrew"), ("gene", "eugene"), ("hank", "henry"), ("jack", "john")}
    | {("jerry", "gerald"), ("jim", "james"), ("jimmy", "james"), ("liz", "elizabeth")}
    | {("ned", "edward"), ("peggy", "margaret"), ("ted", "edward"), ("ted", "theodore")}
    | {("tom", "thomas"), ("tony", "anthony"), ("larry", "lawrence")}
)
"""First names whose full one begins otherwise."""
_NAMES: Final = """
us, usa, america, american, united states, united states america
uk, british, britain, united kingdom, great britain
un, united nations
eu, european union
uae, united arab emirates, emirati
drc, democratic republic congo
prc, china, people republic china
north korea, dprk
south korea, republic korea
ivory coast, cote d ivoire
czechia, czech republic
south africa, south african
sri lanka, sri lankan
saudi arabia, saudi
vatican, holy see
east timor, timor leste
cape verde, cabo verde
swaziland, eswatini
north macedonia, macedonian
nyc, new york, new york city
la, los angeles
fed, federal reserve
house, house representatives
new york, ny
new hampshire, nh
new jersey, nj
new mexico, nm
north carolina, nc
north dakota, nd
rhode island, ri
south carolina, sc
south dakota, sd
west virginia, wv
co2, carbon dioxide
world war i, world war one, first world war, wwi, ww1
world war ii, world war two, second world war, wwii, ww2
ai, artificial intelligence
g7, group seven
g20, group twenty
"""
_ROMAN: Final = ((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_LAST_NUMERAL: Final = 89


def is_place(word: str) -> bool:
    """Whether a word names a country, what is of it or a street, and seldom a person."""
    return word in _ALIKE and word not in _OF_PERSONS


def is_code(word: str) -> bool:
    """Whether a word is two letters for a country or state, always in capitals: CA, IN, UK."""
    return word in _CODES


def alike(word: str) -> Sequence[str]:
    """Return the other single words for a name or a part of one."""
    return _ALIKE.get(word, ())


def may_be_same(one: str, other: str) -> bool:
    """Whether two first names may be one: J., Joe and Joseph, Steven and Stephen, Bill, William.

    Those that begin with the same two letters are taken for one: names are spelt and cut in more
    ways than can be listed.
    """
    short, long = sorted((one, other), key=len)
    return long.startswith(short[:2]) or (short, long) in _SHORT_NAMES


def numerals(word: str) -> Sequence[str]:
    """Return how else the numeral of a name is written: II, 2, 2nd, second."""
    return _NUMERALS.get(word, ())


@lru_cache(maxsize=1024)
def otherwise(name: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return a name with any part that has another name in its place, as often as there are."""
    return tuple(
        (*name[:at], *other, *name[at + len(member) :])
        for group in _GROUPS
        for member in group
        for at in _places(member, name)
        for other in group
        if other != member
    )


def _places(part: tuple[str, ...], name: tuple[str, ...]) -> Iterator[int]:
    for at in range(len(name) - len(part) + 1):
        if name[at : at + len(part)] == part:
            yield at


def _read_words() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in (*_WORDS.strip().splitlines(), *_STATES.strip().replace("\n", "|").split("|")):
        group = line.split()
        for word in group:
            found[word] += [other for other in group if other != word]
    return {word: tuple(others) for word, others in found.items()}


def _read_names() -> tuple[frozenset[tuple[str, ...]], ...]:
    return tuple(
        frozenset(tuple(_WORD.findall(member)) for member in line.split(","))
        for line in _NAMES.strip().splitlines()
    )


def _read_numerals() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for number in range(1, _LAST_NUMERAL + 1):
        plain = {str(number), *([_roman(number)] if number > 1 else [])}
        cardinals = {word for word, value in ONES.items() if value == number}
        ordinals = {word for word, value in ORDINALS.items() if value == number}
        ordinals.add(_ordinal(number))
        for group in (plain | cardinals, plain | ordinals):
            for one in group:
                found[one] |= group - {one}
    return {word: tuple(sorted(others)) for word, others in found.items()}


def _roman(number: int) -> str:
    letters = ""
    for value, letter in _ROMAN:
        while number >= value:
            letters, number = letters + letter, number - value
    return letters


def _ordinal(number: int) -> str:
    ending = "th" if number // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_ALIKE: Final = _read_words()
_CODES: Final = frozenset(
    word for word in ("us", "uk", *_STATES.replace("|", " ").split()) if len(word) == 2
)
_GROUPS: Final = _read_names()
_NUMERALS: Final = _read_numerals()
