"""Units of measurement and money: what they are called, and how those of one kind convert."""

import re
from decimal import Decimal
from typing import Final

from grounding.checking.facts.records import Unit

_TABLE: Final = """
share    0.01          % percent per_cent pct percents ％ ٪
share    0.001         ‰ permille
point    1             percentage_points percentage_point pp ppt
point    0.01          basis_points basis_point bp bps
length   1             metres metre meters meter m
length   1000          kilometres kilometre kilometers kilometer km kms
length   0.01          centimetres centimetre centimeters centimeter cm
length   0.001         millimetres millimetre millimeters millimeter mm
length   1609.344      miles mile mi
length   0.3048        feet foot ft
length   0.0254        inches inch
length   0.9144        yards yard yd
length   1852          nautical_miles nautical_mile nmi
area     1             square_metres square_meters square_metre square_meter m² m2 sq_m
area     1000000       square_kilometres square_kilometers km² km2 sq_km
area     1000000       square_kilometre square_kilometer
area     2589988.110336 square_miles square_mile sq_mi mi² mi2
area     0.09290304    square_feet square_foot sq_ft ft²
area     4046.8564224  acres acre
area     10000         hectares hectare ha
mass     1             kilograms kilogram kg kilos kilo kgs
mass     0.001         grams gram g
mass     0.000001      milligrams milligram mg
mass     0.000000001   micrograms microgram µg mcg
mass     0.45359237    pounds_weight lb lbs
mass     0.028349523125 ounces ounce oz
mass     1000          tonnes tonne metric_tons metric_ton
mass     907.18474     short_tons tons ton
mass     1000000000    megatonnes megatonne
mass     1000000000000 gigatonnes gigatonne gigatons gigaton Gt
volume   1             litres litre liters liter l L
volume   0.001         millilitres millilitre milliliters milliliter ml mL
volume   1000          cubic_metres cubic_meters cubic_metre cubic_meter m³ m3
volume   1000000000000 cubic_kilometres cubic_kilometers km³ km3
volume   4168181825440.58 cubic_miles cubic_mile
volume   3.785411784   gallons gallon gal
volume   158.987294928 barrels barrel bbl
speed    1             m/s metres_per_second meters_per_second
speed    0.2777777778  km/h kph kmh kilometres_per_hour kilometers_per_hour
speed    0.44704       mph miles_per_hour
speed    0.5144444444  knots knot kt
warmth   1             kelvin kelvins
clock    0.000001      microseconds microsecond µs
clock    0.001         milliseconds millisecond ms msec
clock    1             seconds second secs sec
clock    60            minutes minute mins min
clock    3600          hours hour hrs hr h
clock    86400         days day
clock    604800        weeks week
clock    1209600       fortnights fortnight
months   1             months month
months   12            years year yrs yr year-old years-old
months   120           decades decade
months   1200          centuries century
months   12000         millennia millennium
energy   1             joules joule J
energy   3600000       kWh kilowatt-hours kilowatt_hours
energy   3600000000    MWh megawatt-hours megawatt_hours
energy   3600000000000 GWh gigawatt-hours gigawatt_hours
energy   3600000000000000 TWh terawatt-hours terawatt_hours
energy   4.184         calories calorie cal
energy   4184          kcal kilocalories
power    1             watts watt W
power    1000          kilowatts kilowatt kW
power    1000000       megawatts megawatt MW
power    1000000000    gigawatts gigawatt GW
pressure 1             Pa pascals
pressure 100           hPa mbar millibars
pressure 1000          kPa
pressure 1000000       MPa
pressure 6894.757      psi
data     1             bytes byte
data     1000          kilobytes kilobyte KB kB
data     1000000       megabytes megabyte MB
data     1000000000    gigabytes gigabyte GB
data     1000000000000 terabytes terabyte TB
rate     1             Hz hertz
rate     1000          kHz kilohertz
rate     1000000       MHz megahertz
rate     1000000000    GHz gigahertz
part     1             ppm parts_per_million
part     0.001         ppb parts_per_billion
usd      1             $ US$ USD dollars dollar us_dollars american_dollars bucks
usd      0.01          cents cent ¢
eur      1             € EUR euros euro
gbp      1             £ GBP pounds_sterling quid
pounds   1             pounds pound
jpy      1             ¥ JPY yen
cny      1             CNY yuan RMB renminbi
inr      1             ₹ INR rupees rupee Rs
chf      1             CHF francs franc
krw      1             ₩ KRW won_currency
rub      1             ₽ RUB roubles rubles
cad      1             CAD C$ canadian_dollars
aud      1             AUD A$ australian_dollars
"""
_KINDRED: Final = (
    frozenset(
        {"usd", "eur", "gbp", "pounds", "jpy", "cny", "inr", "chf", "krw", "rub", "cad", "aud"}
    ),
    frozenset({"share", "point"}),
    frozenset({"clock", "months"}),
    frozenset({"pounds", "mass"}),
    frozenset({"warmth", "degree"}),
)
_CELSIUS: Final = Unit("°C", "warmth", Decimal(1), Decimal("273.15"))
_FAHRENHEIT: Final = Unit(
    "°F", "warmth", Decimal("0.5555555555555556"), Decimal("255.3722222222222")
)
_DEGREE: Final = Unit("°", "degree", Decimal(1))
_WORDED: Final = 4
"""A name so long is a word, and may be written in any case."""


def _read() -> dict[str, Unit]:
    found = {
        **dict.fromkeys(("°C", "℃", "degrees celsius", "degree celsius", "celsius"), _CELSIUS),
        **dict.fromkeys(("degrees centigrade", "deg C", "° C"), _CELSIUS),
        **dict.fromkeys(("°F", "℉", "degrees fahrenheit", "fahrenheit", "° F"), _FAHRENHEIT),
        **dict.fromkeys(("°", "degrees", "degree"), _DEGREE),
    }
    for line in _TABLE.strip().splitlines():
        dimension, factor, *names = line.split()
        unit = Unit(names[0].replace("_", " "), dimension, Decimal(factor))
        found.update((name.replace("_", " "), unit) for name in names)
    return found


_UNITS: Final = _read()
_WORDS: Final = re.compile(
    r"[ \t\-‐‑\u00a0\u202f]{0,2}(?P<one>°\s?[CF](?![a-zA-Z])|[%％٪‰°℃℉¢€£¥₹₩₽$]"
    r"|[^\W\d_]{1,20}(?:[²³23](?![\w])|/[a-z]{1,2}\b|-olds?\b|-hours?\b)?)"
    r"(?:(?P<more>[ \t\-\u00a0][^\W\d_]{1,12})(?P<third>[ \t\u00a0][^\W\d_]{1,12})?)?"
)
_ENDS: Final = re.compile(r"[).,;]|$|\s(?:tall|long|wide|high|deep|thick|of)\b")
"""After "in" where it is no preposition."""
_LABEL: Final = re.compile(r"[^\W\d_][^:\n]{2,50}:[ \t]{0,3}")
_LABEL_WORD: Final = re.compile(r"[^\W\d_]{4,20}")
_LONGEST_LABEL: Final = 60
_BEFORE: Final = re.compile(
    r"(?:US\$|C\$|A\$|HK\$|[$€£¥₹₩₽]|\b(?:USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD|Rs\.?)(?=\s|$))\s?$"
)


def unit_after(text: str, position: int) -> tuple[Unit, int, int] | None:
    """Return the unit that is written after a number, and where it stands."""
    match = _WORDS.match(text, position)
    if match is None:
        return None
    start = match.start("one")
    if match["one"] == "in" and _ENDS.match(text, start + 2):
        return _UNITS["inches"], start, start + 2
    for group in ("third", "more", "one"):
        if match[group] is None:
            continue
        end = match.end(group)
        if (unit := named(text[start:end])) is not None:
            return unit, start, end
    return None


def unit_before(text: str, position: int) -> tuple[Unit, int, int] | None:
    """Return the currency that is written before a number, and where it stands."""
    first = max(0, position - 6)
    match = _BEFORE.search(text[first:position])
    if match is None:
        return None
    unit = named(match[0].strip().rstrip("."))
    start = first + match.start()
    return None if unit is None else (unit, start, start + len(match[0].rstrip()))


def unit_of_label(text: str, position: int) -> tuple[Unit, int, int] | None:
    """Return the unit that the label before a number names: "Acres burned: 500"."""
    first = max(text.rfind("\n", 0, position) + 1, position - _LONGEST_LABEL)
    label = _LABEL.fullmatch(text[first:position])
    for match in _LABEL_WORD.finditer(label[0]) if label else ():
        if (unit := named(match[0])) is not None:
            return unit, first + match.start(), first + match.end()
    return None


def named(word: str) -> Unit | None:
    """Return the unit of a name: a symbol in its own case, a word in any."""
    word = " ".join(word.split())
    if (unit := _UNITS.get(word)) is not None:
        return unit
    small = word.casefold().replace("-", " ") if " " in word or "-" in word else word.casefold()
    return _UNITS.get(small) if len(small) >= _WORDED else None


def may_be_confused(one: Unit, other: Unit) -> bool:
    """Whether one may stand by mistake for the other: miles for km, dollars for euros."""
    pair = {one.dimension, other.dimension}
    return len(pair) == 1 or any(pair <= kin for kin in _KINDRED)


def as_told(unit: Unit, beside: Unit) -> Unit:
    """Return what a unit is beside another: pounds are money or mass, degrees have a scale."""
    if unit.dimension == "pounds" and beside.dimension in {"gbp", "mass"}:
        return _UNITS["£"] if beside.dimension == "gbp" else _UNITS["lb"]
    is_degree = unit.dimension == "degree" and beside.dimension == "warmth"
    return beside if is_degree else unit


def in_base(value: Decimal, unit: Unit) -> Decimal:
    return value * unit.factor + unit.offset
