"""Whether an answer says something that time makes wrong, although its evidence stays the same.

"As of 9 September, 1,200 acres" holds as long as its evidence. "Updated two hours ago" does not,
and "today" holds until midnight. The lists are of languages that answers are mostly in; they may
find too much, which costs a call.
"""

import re

_AGES = re.compile(
    r"\bago\b|\b(?:seconds?|minutes?|hours?|days?|weeks?)\s+old\b|\bage:\s|\bjust\s+now\b"
    r"|\bin\s+\d+\s+(?:second|minute|hour)s?\b|\bvor\s+\w+\s+(?:sekunden?|minuten?|stunden?|tagen?)\b"
    r"|\bil\s+y\s+a\b|\bhace\s+\w+\s+(?:segundo|minuto|hora|d[ií]a)s?\b|\b\w+\s+(?:ore|minuti)\s+fa\b"
    r"|\bat\s+the\s+moment\b|\bcurrent\s+time\b|\bright\s+now\b|分钟前|小时前|時間前|分前",
    re.IGNORECASE,
)
_DAYS = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|this\s+(?:morning|afternoon|evening|week|month|year)"
    r"|(?:last|next|past|previous)\s+(?:night|day|week|weekend|month|quarter|year|\w+day)"
    r"|heute|morgen|gestern|aujourd['’]hui|demain|hier|hoy|ma[ñn]ana|ayer|oggi|domani|ieri"
    r"|vandaag|gisteren|hoje|amanh[ãa]|ontem)\b|今天|明天|昨天|今日|明日|昨日",
    re.IGNORECASE,
)


def tells_an_age(text: str) -> bool:
    """Whether a text counts from the moment at which it is read."""
    return _AGES.search(text) is not None


def tells_a_day(text: str) -> bool:
    """Whether a text calls a day by where it lies from the one at which it is read."""
    return _DAYS.search(text) is not None
