"""What the demonstration's invented town of Halden publishes, before and after it changes.

Everything here was written for this project. Times are given as ages, so that the town is
always current.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Story:
    """One item of the town's news feed, published `age` before the demonstration starts."""

    slug: str
    title: str
    text: str
    age: timedelta


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One weather bulletin: in force from `age` ago until `lasts` later, or until withdrawn."""

    slug: str
    title: str
    text: str
    age: timedelta
    lasts: timedelta


STORIES = (
    Story(
        "ferry-suspended",
        "Ferry to Skarvik suspended after engine fault",
        "The ferry between Halden and Skarvik is not running. The harbour company stopped all "
        "sailings this morning after a fault in the ship's port engine. Passengers are taken "
        "round the fjord by bus, which adds about ninety minutes to the journey.",
        timedelta(hours=3),
    ),
    Story(
        "library-hours",
        "Halden library to open on Sundays",
        "From next month the town library opens from noon to five on Sundays. The council found "
        "the money by ending the printed events calendar.",
        timedelta(hours=9),
    ),
    Story(
        "school-roof",
        "New roof for the primary school finished early",
        "Builders handed over the primary school two weeks ahead of plan. Lessons return from "
        "the sports hall on Monday.",
        timedelta(days=1),
    ),
    Story(
        "mussel-farm",
        "Mussel farm asks for a second site in the outer fjord",
        "The farm wants to add forty lines west of the lighthouse. Fishermen have until the end "
        "of the month to object.",
        timedelta(days=2),
    ),
)

FERRY_RESUMES = Story(
    "ferry-resumes",
    "Ferry to Skarvik sails again after engine repair",
    "The ferry between Halden and Skarvik is running again. Divers and a mechanic from the yard "
    "replaced a fuel pump overnight; the first sailing left with forty passengers. The bus "
    "service round the fjord ends this evening.",
    timedelta(0),
)

PRICES = ("71.05", "69.80", "72.40", "78.15", "83.60", "81.20", "84.12")
"""Hourly, the last one now."""

NEW_PRICE = "96.35"

PAGES = {
    "night-ferry.md": (
        "# Night ferry: luggage and cabins\n\n"
        "## Luggage\n\n"
        "Each passenger on the night ferry may take 20 kilograms of luggage on board free of "
        "charge. Skis and folded bicycles count as luggage. Anything heavier travels on the car "
        "deck and costs 9 euros a piece.\n\n"
        "## Cabins\n\n"
        "Cabins open one hour before sailing. A cabin holds two or four berths; bedding is "
        "included.\n"
    ),
    "harbour-rules.md": (
        "# Rules of the guest harbour\n\n"
        "Visiting boats report to the harbour office on channel 12 before entering. Fees are "
        "paid by length and night. Quiet hours are from 23:00 to 07:00.\n"
    ),
    "waste.md": (
        "# Waste and recycling\n\n"
        "Glass and metal are collected every second Tuesday. Oil, paint and batteries go to the "
        "yard behind the harbour office, open on Saturdays.\n"
    ),
}

EDITED_PAGE = "night-ferry.md"
EDIT = ("20 kilograms", "32 kilograms")

BULLETINS = (
    Bulletin(
        "gale-warning",
        "Gale warning for Halden harbour",
        "A gale warning is in force for Halden harbour and the outer fjord: south-west 20 metres "
        "a second, gusts to 28. Small boats should stay in port.",
        timedelta(hours=2),
        timedelta(hours=10),
    ),
    Bulletin(
        "forecast",
        "Forecast for Halden",
        "Rain clearing in the afternoon, 9 degrees, wind turning west and easing by night.",
        timedelta(hours=1),
        timedelta(hours=24),
    ),
    Bulletin(
        "sea",
        "Sea state in the outer fjord",
        "Waves 2.5 metres at the lighthouse buoy, water temperature 8 degrees.",
        timedelta(hours=1),
        timedelta(hours=6),
    ),
)

WITHDRAWN = "gale-warning"
