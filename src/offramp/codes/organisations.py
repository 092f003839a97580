"""Organisations, outlets, pollsters and makers of statistics: names to ids, so that a source can be told from a phrase.

Ids are ours: 'org:UN', 'source:PEW', 'outlet:REUTERS'. An id that begins with 'org:' can be a coercer or a guarantor of
a standoff; 'source:' makes figures that can be looked up (pollster, statistics, thinktank); 'outlet:' is a medium. The
table is ours (`data/organisations.csv`). Names fold as in `offramp.codes.states`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from offramp.codes.tables import fold, is_acronym, key, read_table, unknown

KINDS: dict[str, str] = {
    "igo": "an organisation of states",
    "coalition": "a standing or passing group of states",
    "court": "an international court or tribunal",
    "ngo": "a non-governmental organisation",
    "armed": "an armed group",
    "statistics": "an agency or institute whose figures can be looked up",
    "pollster": "an institute whose surveys can be looked up",
    "thinktank": "an institute that publishes analysis",
    "outlet": "a news agency, newspaper or broadcaster",
    "platform": "a social network on which anybody can publish",
}
CHECKABLE = frozenset({"igo", "court", "statistics", "pollster"})


@dataclass(frozen=True, slots=True)
class Organisation:
    """A named body: `id` such as 'org:UN', `kind` one of `KINDS`, `home` the ISO-3 of its country where it has one."""

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    home: str | None

    @property
    def checkable(self) -> bool:
        """Whether a figure given in its name can, as a rule, be looked up at the source."""
        return self.kind in CHECKABLE


@cache
def organisations() -> tuple[Organisation, ...]:
    """Every organisation, in the order of the table."""
    return tuple(
        Organisation(
            id=row["id"],
            name=row["name"],
            aliases=row.many("aliases"),
            kind=row.one_of("kind", KINDS),
            home=row["home"] or None,
        )
        for row in read_table("organisations.csv")
    )


@cache
def _by_id() -> dict[str, Organisation]:
    return {organisation.id: organisation for organisation in organisations()}


def organisation_by_id(code: str) -> Organisation:
    """The organisation with this id.

    Raises:
        InputError: If there is none, naming the nearest known ids.
    """
    found = _by_id().get(code)
    if found is None:
        raise unknown("organisation", code, _by_id())
    return found


@cache
def organisation_phrases() -> dict[str, str]:
    """Every phrase that a matcher should know: phrase -> id.

    Keys are folded, except acronyms, which stand in capitals without dots and are matched with their case. As for
    states, match the rest only where the report's word begins with a capital, and let the longest phrase win.
    """
    found: dict[str, str] = {}
    for organisation in organisations():
        for name in (organisation.name, *organisation.aliases):
            found.setdefault(key(name), organisation.id)
    return found


def find_organisation(text: str) -> Organisation | None:
    """The organisation that a phrase names; case (but an acronym's), accents, 'the' and a possessive do not matter.

    >>> find_organisation("the U.N.").id, find_organisation("imf"), find_organisation("Gulf Cooperation Council").id
    ('org:UN', None, 'org:GCC')
    """
    phrases = organisation_phrases()
    bare = text.strip().strip('"“”,;:()[]').strip()
    # As written too: a name may end in a bracket of its own, as 'X (formerly Twitter)' does.
    forms = [
        f for whole in (bare, text.strip()) for f in (whole, whole[4:] if whole[:4].casefold() == "the " else whole)
    ]
    forms += [form[:-2] for form in forms if form.endswith(("'s", "’s"))]
    for form in forms:
        for candidate in (key(form), fold(form), *(("the " + fold(form),) if not is_acronym(form) else ())):
            if candidate in phrases:
                return _by_id()[phrases[candidate]]
    return None
