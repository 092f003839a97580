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
    show suggest indicate find reveal demonstrate illustrate confirm reflect underscore document detail
"""
# Verbs that take an infinitive: what somebody means to do, or wants done.
_WANTING: Final = """
    want wish hope plan intend aim seek mean vow pledge promise threaten offer agree refuse decline consent
    undertake volunteer swear decide prefer propose expect hesitate like love hate desire demand
"""
_URGING: Final = """
    urge ask tell order command beg implore plead encourage advise instruct direct call press push warn remind
    persuade exhort counsel lobby appeal petition request recommend expect want
"""
# Verbs whose object is what was said or thought about.
_JUDGING: Final = """
    criticize criticise praise denounce condemn blast slam assail lambaste lambast decry deride ridicule mock
    rip rebuke chide scold blame accuse fault hail laud applaud tout welcome commend thank congratulate endorse
    support back favor favour oppose reject dismiss deny defend justify embrace advocate approve disapprove
    question dispute contest doubt rebut refute repudiate disavow renounce disown discuss address describe
    detail outline explain cite quote mention note recall recount echo repeat reiterate invoke reference
    acknowledge admit concede recognize recognise announce propose suggest recommend urge demand request reveal
    disclose unveil confirm report claim allege predict forecast project express voice articulate emphasize
    emphasise stress highlight underscore underline lament bemoan regret mourn complain protest proclaim declare
    depict characterize characterise label view regard see consider deem expect fear want seek prefer love hate
    dislike despise admire respect resent distrust believe remember anticipate envision envisage threaten
    promise pledge vow offer plan disparage belittle denigrate insult bash trash excoriate castigate admonish
    reprimand censure scorn boo cheer salute minimize exaggerate shrug warn write retweet post chant recite
    decide credit contradict affirm reaffirm pan skewer vilify demonize tease savage pillory liken
    compare decline discourage encourage condone tolerate examine assess weigh ponder contemplate rate rank
    estimate interpret
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
    "plead": ("for", "with"),
    "approve": ("of",),
    "disapprove": ("of",),
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


# Nouns of speech and attitude that have their content after them: 'his call for talks', 'made the case that ...'.
_NOUNS: Final = """
    support criticism claim view hope endorsement call decision plan argument comment advice idea concern
    assertion message announcement warning report allegation promise suggestion accusation remark response
    refusal complaint goal proposal disagreement estimate embrace reference recognition statement fear belief
    account hostility opposition position assessment request appeal declaration expectation vow pledge
    insistence defense defence condemnation contention acknowledgment speculation praise doubt demand threat
    offer question case denial admission apology objection outrage regret confidence commitment prediction
    forecast conclusion finding impression feeling desire wish intention determination reluctance willingness
    approval disapproval backing interest skepticism scepticism anger alarm frustration disappointment
    satisfaction optimism pessimism sympathy contempt disdain respect admiration charge assurance guarantee
    ultimatum resolve attack
"""
# Verbs that say little beside such a noun.
_LIGHT: Final = """
    make have take express raise issue give deliver draw put voice level show reiterate repeat renew send lay
    offer hold declare signal state announce face find share receive
"""
# Adjectives of attitude: 'was critical of', 'are confident that'.
_ADJECTIVES: Final = """
    critical concerned unhappy optimistic pessimistic sure certain confident clear adamant aware angry upset
    hopeful afraid worried supportive wary skeptical sceptical dismissive appreciative proud sorry fearful eager
    willing reluctant ready unwilling unaware convinced committed opposed loyal keen happy glad grateful
    surprised shocked outraged disappointed frustrated alarmed uncertain unsure doubtful mindful fond
    sympathetic hostile
"""


@cache
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


def shows(lemma: str) -> bool:
    """Whether a verb is what documents and figures do: show, reveal, find."""
    return lemma in _lemmas(_SHOWING)


def is_noun_cue(lemma: str) -> bool:
    """Whether a noun names speech or attitude: claim, call, support, refusal."""
    return lemma in _lemmas(_NOUNS)


def is_light(lemma: str) -> bool:
    """Whether a verb leaves the saying to its object: make the case, express concern."""
    return lemma in _lemmas(_LIGHT)


def is_adjective_cue(lemma: str) -> bool:
    """Whether an adjective says what somebody thinks: critical, confident, unhappy."""
    return lemma in _lemmas(_ADJECTIVES)
