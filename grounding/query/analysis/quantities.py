"""Numbers with their unit, currency or percent sign, and dates as they are written."""

import re

_NUMBER = r"[0-9]{1,15}(?:[.,'’][0-9]{1,15}){0,6}"
_SCALE = r"(?:\s?(?:thousand|million|billion|trillion|bn|mn|tn)\b|[kKmMbB]n?\b)"
_CURRENCIES = (
    "USD|EUR|GBP|JPY|CHF|CNY|CAD|AUD|NZD|SEK|NOK|DKK|INR|BRL|KRW|MXN|RUB|TRY|ZAR|PLN|HKD|SGD"
    "|BTC|ETH"
)
_MONEY_WORDS = r"dollars?|euros?|pounds?|yen|yuan|rupees?|francs?|cents?|pence"
_UNITS = (
    "km/h|mm|cm|km|miles?|mi|ft|feet|foot|inch(?:es)?|yards?|met(?:er|re)s?|kilomet(?:er|re)s?|kg|mg|µg|g"
    "|lbs?|ounces?|oz|tons?|tonnes?|grams?|kilograms?|kph|mph|m/s|knots?|m|ml|l|lit(?:er|re)s?"
    "|gallons?|barrels?|bpd|Hz|kHz|MHz|GHz|mW|kW|MW|GW|W|kWh|MWh|GWh|TWh|volts?|mV|kV|V|Pa|kPa|hPa"
    "|MPa|bar|mbar|psi|KB|MB|GB|TB|PB|kB|KiB|MiB|GiB|Mbps|Gbps|kbps|bps|bp|basis\\s?points?|ppm|ppb"
    "|degrees?|mmol/[lL]|mg/[dD][lL]|acres?|hectares?|calories|kcal|mAh|px|dpi|fps|rpm|dB"
)
_QUANTITY = re.compile(
    rf"(?:(?:US|A|C|HK)?[$€£¥₹₩₿]|\b(?:{_CURRENCIES})\s)\s?{_NUMBER}{_SCALE}?"
    rf"|(?<![\w.,$€£¥^-])[-+−±]?{_NUMBER}(?:"
    rf"\s?(?:%|‰|°\s?[CFK]?\b|[€£¥₹₽](?!\w))|\s(?:percent|per\s?cent|percentage\s?points?)\b"
    rf"|{_SCALE}?[\s-]?(?:{_CURRENCIES}|{_MONEY_WORDS})\b|{_SCALE}?\s?(?:{_UNITS})(?![\w-])"
    rf"|{_SCALE})"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DATE = re.compile(
    r"(?<![\w./-])(?:[0-9]{4}([-/])[0-9]{1,2}\1[0-9]{1,2}(?:T[0-9:.]{4,15}(?:Z|[+-][0-9:]{2,5})?)?"
    r"|[0-9]{1,2}([-/.])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2})"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?(?:\s|\sof\s){_MONTH}(?:,?\s[12][0-9]{{3}})?"
    rf"|{_MONTH}\s[0-9]{{1,2}}(?:st|nd|rd|th)?(?![0-9.:%])(?:,?\s[12][0-9]{{3}})?"
    rf"|{_MONTH},?\s[12][0-9]{{3}})(?![\w%]|[./-][0-9])"
)
_HAS_DIGIT = re.compile("[0-9]")


def quantities(question: str) -> list[tuple[int, int]]:
    """Return where each number with a unit begins and ends, in order."""
    if not _HAS_DIGIT.search(question):
        return []
    return [match.span() for match in _QUANTITY.finditer(question)]


def written_dates(question: str) -> list[tuple[int, int]]:
    """Return where each date begins and ends, also one that can be read two ways (5/3/2024)."""
    if not _HAS_DIGIT.search(question):
        return []
    return [match.span() for match in _DATE.finditer(question)]
