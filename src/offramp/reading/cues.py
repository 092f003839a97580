"""Cues: the words by which a text says that somebody said, thinks or shows something.

Our own table of English verbs, by what they take as content, after the classes of Levin (1993), English Verb Classes
and Alternations (37 communication, 29 to 33 judgment and attitude), filled in from everyday news English.
`frame_of` gives a verb's frames; nothing here looks at syntax (that is `reading.attribution`).
"""

from __future__ import annotations

from enum import Flag, auto
from functools import cache
from typing import Final


class Frame(Flag):
    """What a cue takes as its content."""

    QUOTE = auto()  # "...", X said
    CLAUSE = auto()  # X said that ...; X asked whether ...
    INFINITIVE = auto()  # X vowed to ...; X urged Y to ...
    OBJECT = auto()  # X denounced the plan
    PREPOSITION = auto()  # X called for talks; X spoke about it
    NAMING = auto()  # X called it a crime; X described him as a friend
    IMPERSONAL = auto()  # it seems that ...; X is expected to ...


_Q, _C, _I, _O, _P, _N, _M = Frame

# Verbs of speech that take a quotation or a clause.
_SPEECH: Final = """
    say tell add write state note report announce declare explain argue claim insist assert contend maintain
    allege warn caution acknowledge admit concede confess reveal disclose confirm reply respond answer retort
    counter continue conclude observe remark comment recall recount remember mention stress emphasize emphasise
    underscore highlight reiterate repeat suggest imply hint indicate signal tweet retweet post blog quip joke
    boast brag complain lament bemoan fume exclaim shout yell scream cry whisper mutter murmur declaim proclaim
    pronounce testify swear predict forecast project estimate speculate guess theorize warrant advise assure
    remind inform notify preach reason quote read chant interject elaborate clarify opine muse rejoin protest
    crow gush snap tease promise vow pledge threaten agree disagree object deny counsel email text relay convey
    stipulate specify posit postulate hypothesize surmise interview narrate relate rule certify editorialize
    intone recite sing implore plead beg
"""
# Verbs of asking.
_ASKING: Final = "ask inquire question query wonder demand"
# Verbs of thought and feeling that take a clause.
_THOUGHT: Final = """
    think believe know feel hope fear expect doubt suspect assume presume suppose understand realize realise
    recognize recognise consider imagine figure reckon worry regret conclude decide determine learn discover
    find see hear sense notice foresee anticipate envision envisage dream wish bet forget appreciate accept
    trust judge gather
"""
# What documents and figures do.
_SHOWING: Final = """
    show suggest indicate find reveal demonstrate illustrate prove confirm reflect underscore document detail
"""
# Verbs that take an infinitive: what somebody means to do, or wants done.
_WANTING: Final = """
    want wish hope plan intend aim seek mean vow pledge promise threaten offer agree refuse decline consent
    undertake volunteer swear decide choose prefer propose expect hesitate like love hate desire demand
    need
"""
_URGING: Final = """
    urge ask tell order command beg implore plead encourage advise instruct direct call press push invite
    challenge warn remind persuade exhort counsel lobby appeal petition request require recommend expect want
"""
# Verbs whose object is what was said or thought about.
_JUDGING: Final = """
    criticize criticise praise denounce condemn blast slam assail lambaste lambast decry deride ridicule mock
    rip rebuke chide scold blame accuse fault hail laud applaud tout welcome celebrate commend thank
    congratulate endorse support back favor favour oppose reject dismiss deny defend justify embrace champion
    advocate approve disapprove question challenge dispute contest doubt rebut refute repudiate disavow renounce
    disown discuss address describe detail outline explain cite quote mention note recall recount echo repeat
    reiterate invoke reference acknowledge admit concede recognize recognise announce propose suggest recommend
    urge demand request reveal disclose unveil confirm report claim allege predict forecast project express
    voice articulate emphasize emphasise stress highlight underscore underline lament bemoan regret mourn
    complain protest proclaim declare portray depict characterize characterise label compare liken view regard
    see consider deem expect fear want seek prefer like love hate dislike despise admire respect resent distrust
    trust believe know remember anticipate envision envisage threaten promise pledge vow offer plan disparage
    belittle denigrate insult bash trash excoriate castigate admonish reprimand censure scorn boo cheer salute
    downplay minimize exaggerate shrug warn tweet write retweet share post chant recite decide need credit
    contradict affirm reaffirm pan skewer vilify demonize tease savage pillory decline discourage encourage
    condone tolerate examine assess weigh ponder contemplate rate rank estimate interpret
"""
_ABOUT: Final = {
    "call": ("for", "on", "upon"),
    "talk": ("about", "of"),
    "speak": ("about", "of", "against", "for", "out"),
    "refer": ("to",),
    "point": ("to", "out"),
    "allude": ("to",),
    "complain": ("about", "of"),
    "worry": ("about",),
    "agree": ("with", "on", "to"),
    "disagree": ("with",),
    "argue": ("for", "against", "about"),
    "respond": ("to",),
    "react": ("to",),
    "object": ("to",),
    "warn": ("of", "about", "against"),
    "apologize": ("for",),
    "apologise": ("for",),
    "push": ("for", "back"),
    "press": ("for",),
    "campaign": ("for", "against"),
    "rail": ("against", "about", "at"),
    "lash": ("out", "at"),
    "focus": ("on",),
    "weigh": ("in",),
    "comment": ("on", "about"),
    "elaborate": ("on",),
    "joke": ("about",),
    "boast": ("about", "of"),
    "brag": ("about",),
    "think": ("about", "of"),
    "care": ("about",),
    "know": ("about", "of"),
    "learn": ("about", "of"),
    "hear": ("about", "of"),
    "believe": ("in",),
    "hope": ("for",),
    "vote": ("for", "against"),
    "ask": ("about", "for"),
    "wonder": ("about",),
    "look": ("at", "for", "forward"),
    "plead": ("for", "with"),
    "approve": ("of",),
    "disapprove": ("of",),
    "opt": ("for",),
    "lean": ("toward", "towards"),
    "vouch": ("for",),
    "testify": ("about", "to"),
    "write": ("about", "of"),
    "tweet": ("about",),
    "inquire": ("about",),
    "insist": ("on",),
    "hint": ("at",),
    "gripe": ("about",),
    "muse": ("about",),
    "dream": ("of", "about"),
    "fret": ("about", "over"),
    "sympathize": ("with",),
    "identify": ("as", "with"),
    "rule": ("out",),
}
# Verbs that name something: content is the thing with its name.
_NAMING: Final = """
    call describe portray characterize characterise depict label brand dub name deem declare pronounce consider
    regard view see cast paint denounce dismiss praise hail cite list identify rate term bill title entitle
    proclaim
"""
_SEEMING: Final = "seem appear look sound"
_EXPECTED: Final = """
    expect say believe think report rumor rumour know suppose presume schedule allege consider project predict
    see view regard deem call describe name dub title criticize accuse
"""


def _lemmas(text: str) -> frozenset[str]:
    return frozenset(text.split())


@cache
def _tables() -> dict[Frame, frozenset[str]]:
    speech, asking, thought, showing = map(_lemmas, (_SPEECH, _ASKING, _THOUGHT, _SHOWING))
    return {
        _Q: speech | asking | thought | showing | _lemmas("call describe denounce praise criticize explain think know"),
        _C: speech | asking | thought | showing,
        _I: _lemmas(_WANTING) | _lemmas(_URGING),
        _O: _lemmas(_JUDGING),
        _P: frozenset(_ABOUT),
        _N: _lemmas(_NAMING),
        _M: _lemmas(_SEEMING) | _lemmas(_EXPECTED),
    }


@cache
def frame_of(lemma: str) -> Frame:
    """The frames of a verb; none (falsy) where it is no cue."""
    found = Frame(0)
    for frame, lemmas in _tables().items():
        if lemma in lemmas:
            found |= frame
    return found


def prepositions_of(lemma: str) -> tuple[str, ...]:
    """The prepositions and particles after which a verb names its content."""
    return _ABOUT.get(lemma, ())


def is_speech(lemma: str) -> bool:
    """Whether a verb can stand beside a quotation without a clause of its own."""
    return lemma in _lemmas(_SPEECH) or lemma in _lemmas(_ASKING)


def seems(lemma: str) -> bool:
    """Whether a verb gives an impression that is nobody's: seem, appear, look, sound."""
    return lemma in _lemmas(_SEEMING)
