"""Words that turn a statement by being added to it, and words that never matter.

The first list is English but for the negations. It need not be whole: what stands in the place of
another word is seen without it, and so are names, numbers and whatever else is not written in small
letters.
"""

_NEGATIONS = """
    not no never none nobody nothing neither nor without cannot nicht kein keine keinen nie ohne
    ne pas non jamais sans nunca sin mai senza niet geen nooit não sem inte aldrig ikke aldri
    nem nie bez не нет без δεν 不 没 未 非 無
"""
_TAKEN_BACK = """
    cancel cancels canceled cancelled cancelling lift lifts lifted expire expires expired end ends
    ended over withdraw withdrawn retract retracted correct corrected correction update updated
    extend extended postponed suspended resumed reopened closed delayed reversed overturned deny
    denies denied dispute disputed false untrue hoax wrong error mistake fails failed refused
"""
_HEDGES = """
    may might could would should must will can almost nearly about around approximately partly
    partially only barely hardly former formerly alleged allegedly reported reportedly suspected
    possible possibly probably likely unlikely expected if unless until except despite instead
    before after since still yet again already less fewer least under above
    below up down first last second third next another other others new old all some few several
    both each every today tomorrow yesterday tonight daily weekly monthly quarterly yearly annual
"""
_NUMBERS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion trillion dozen half quarter double twice triple
"""
_UNIMPORTANT = """
    a an the and or but that which who of on in at to for from with as by it its is was he she
    they this these those his her their said says say also
"""

TURNING = frozenset(f"{_NEGATIONS} {_TAKEN_BACK} {_NUMBERS}".split())
"""Words that turn a text even where they stand in a sentence of their own."""
TELLING = TURNING | frozenset(_HEDGES.split())
UNIMPORTANT = frozenset(_UNIMPORTANT.split())
