"""Voices: words that tell what kind of source a phrase is. Our own lists; `reading.speakers` uses them."""

from __future__ import annotations

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DOCUMENTS: Final = _words(
    """
    survey poll study report analysis research review census index data datum figure statistic number result
    finding estimate forecast projection document paper statement communique letter memo memorandum cable email
    e-mail message transcript text tape recording video footage post tweet note book memoir diary biography
    article story editorial column piece op-ed essay blog ad advertisement advert commercial flyer petition
    resolution law bill act constitution treaty agreement accord deal plan proposal platform draft order decree
    ruling verdict judgment indictment lawsuit complaint suit filing affidavit warrant record log file archive
    dossier brief briefing assessment audit chart graph map ballot questionnaire website site page press-release
    release speech interview headline sign banner slogan testimony documentary film
    movie show clip broadcast provision clause amendment rule count tally
"""
)
BODIES: Final = _words(
    """
    television radio tv daily weekly tabloid
    government administration ministry department agency office authority council commission committee court
    tribunal parliament congress senate assembly legislature cabinet army military navy force police regime
    junta party coalition opposition alliance movement campaign group organisation organization union
    association federation institute institution university think-tank foundation charity company firm
    corporation bank newspaper paper magazine outlet network broadcaster station channel team club embassy
    mission delegation board bureau watchdog bloc palace kremlin church guard militia front league society
    center centre program panel jury state country nation city republic kingdom camp chamber house venue service
    business publisher site pac super-pac lobby staff
"""
)
ROLES: Final = _words(
    """
    spokesman spokeswoman spokesperson official minister secretary adviser advisor aide ambassador envoy
    diplomat president premier chancellor leader ruler head chief chairman chairwoman chair director general
    colonel commander officer admiral captain soldier judge prosecutor lawyer attorney counsel senator
    congressman congresswoman representative lawmaker legislator deputy governor mayor candidate nominee
    operative strategist staffer staff manager executive ceo founder owner banker businessman businesswoman
    tycoon professor academic scholar researcher scientist economist historian analyst expert pollster author
    writer journalist reporter correspondent editor columnist host anchor commentator pundit blogger priest
    bishop pope cardinal imam cleric rabbi pastor doctor physician nurse teacher student worker farmer driver
    activist organiser organizer protester demonstrator dissident refugee migrant resident neighbour neighbor
    witness victim survivor friend relative cousin brother sister mother father wife husband son daughter man
    woman boy girl person veteran ally rival opponent critic supporter donor member counterpart colleague
    successor predecessor insider negotiator mediator broker consultant contractor investigator detective
    sheriff policeman guard agent spy actor actress singer star celebrity billionaire millionaire dictator
    strongman king queen prince princess crown-prince monarch emir sultan sheikh chief-of-staff inspector
    speaker whip delegate elector mogul politician statesman socialist republican democrat conservative liberal
    nationalist coach player
"""
)
STATE_OFFICES: Final = _words(
    """
    president premier chancellor minister secretary ambassador envoy governor mayor senator congressman congresswoman
    general colonel admiral commander captain king queen prince princess pope judge prosecutor spokesman spokeswoman
    spokesperson speaker sen rep gov gen opposition prime-minister chief
"""
)
POSTS: Final = _words(
    """
    leader ruler head chairman chairwoman chair director officer soldier prosecutor lawyer attorney counsel
    representative lawmaker legislator deputy candidate operative strategist staffer manager executive ceo founder owner
    bishop cardinal imam doctor dictator strongman investigator detective policeman delegate mediator negotiator
    commander envoy
"""
)
CROWDS: Final = _words(
    """
    people citizen voter resident inhabitant national public population community observer expert analyst critic
    supporter opponent sceptic skeptic detractor admirer fan user reader viewer commentator pundit economist
    historian scholar academic scientist researcher politician conservative liberal progressive republican
    democrat moderate activist protester demonstrator leader elite ally rival neighbour neighbor media press
    outlet rumour rumor many some others other few most several none all any both each everyone everybody
    someone somebody anyone anybody nobody no-one those thousand million hundred dozen majority minority half
    third quarter percent family worker student woman man young youth evangelical christian muslim catholic
    investor trader businessman company country market world america american venezuelan opinion speculation
    consensus belief view folk proponent advocate enthusiast billionaire millionaire respondent candidate
    lawmaker legislator senator governor person friend veteran
"""
)
OFFICIALS: Final = _words(
    """
    official adviser advisor aide spokesman spokeswoman spokesperson diplomat prosecutor lawyer attorney officer
    minister ambassador envoy staffer commander general doctor investigator authority police negotiator
"""
)
VAGUE_PRONOUNS: Final = _words(
    """
    many some others other few most several none all any both each everyone everybody someone somebody anyone
    anybody nobody those these one another you
"""
)
ANONYMOUS: Final = re.compile(
    r"\b(?:anonym\w+|unnamed|unidentified|sources?\b(?! of)|insiders?|whistle-?blowers?|not (?:to be|"
    r"being) (?:named|identified)"
    r"|(?:was|were|been) not (?:authori[sz]ed|allowed)|briefed on|familiar with|close to|with (?:direct )?knowledge of"
    r"|gave only (?:his|her|their) first|spoke on condition|declined to (?:be named|give)|"
    r"person interviewed|people interviewed"
    r"|people involved)\b",
    re.IGNORECASE,
)
SINGULAR: Final = _words("he she him her his hers")
PLURAL: Final = _words("they them their theirs")
RELATIVE: Final = _words("who which that whom whose")
FIRST: Final = _words("i we me us my our myself ourselves")
POLLING: Final = re.compile(
    r"\b(?:poll|survey|study|report|census|index|data|figures|statistics|results)\b", re.IGNORECASE
)
TITLE: Final = re.compile(
    r"(?:Mr|Mrs|Ms|Dr|Sir|Lord|Lady|Dame|President|Vice|Prime|Minister|Premier|Chancellor|Secretary|Senator|Sen|Rep|"
    r"Representative|Congress(?:wo)?man|Governor|Gov|Mayor|General|Gen|Colonel|Col|Admiral|Adm|Captain|Capt|Major|Maj|"
    r"Lieutenant|Lt|Sergeant|Sgt|Judge|Justice|Ambassador|King|Queen|Prince|Princess|Pope|Cardinal|Bishop|Sheikh|"
    r"Professor|Prof|Defen[cs]e|Foreign|Interior|Attorney|Speaker|Chief|Commander|Director|Chairman|Spokes(?:wo)?man|"
    r"Deputy|Former|Ex-President|State|Republican|Democratic|Democrat|Opposition)\.?$"
)
BODY_NAME: Final = re.compile(
    r"\b(?:Institute|University|Party|Ministry|Department|Council|Committee|Commission|Court|Bank|Times|"
    r"Post|News|Journal|"
    r"Herald|Tribune|Guardian|Agency|Association|Union|Union's|Federation|Foundation|Cent(?:er|re)|"
    r"Office|Authority|Group|"
    r"Corporation|Corp|Inc|Ltd|Company|Nations|Congress|Senate|Parliament|Assembly|House|Kremlin|"
    r"Pentagon|Organi[sz]ation|"
    r"Army|Navy|Guard|Forces|Police|Network|Radio|TV|Watch|International|Alliance|Coalition|Front|Movement|Society|PAC|"
    r"Magazine|Media|Press|Review|Weekly|Daily|Research|Analytics|Fund|Embassy|Service|Bureau|League|Board|Campaign)\b"
)
