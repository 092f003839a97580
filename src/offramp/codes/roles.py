"""What an actor is in a standoff: one closed list that reading, case and brief share."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The part that an actor plays in a report."""

    RULER = "ruler"
    HEAD_OF_STATE = "head_of_state"
    GOVERNMENT = "government"
    ARMED_FORCES = "armed_forces"
    POLICE = "police"
    OPPOSITION = "opposition"
    PUBLIC = "public"
    REBELS = "rebels"
    FOREIGN_MINISTER = "foreign_minister"
    ORGANISATION = "organisation"
    OUTLET = "outlet"
    COMPANY = "company"
    PERSON = "person"
    OTHER = "other"


ROLE_DEFINITIONS: dict[Role, str] = {
    Role.RULER: "the effective ruler who is asked, pressed or offered to leave",
    Role.HEAD_OF_STATE: "another country's effective leader, the coercer's above all; or one without the power",
    Role.GOVERNMENT: "a government, ministry, parliament, court or official, or a country acting as one",
    Role.ARMED_FORCES: "a state's armed forces, a branch, unit or commander",
    Role.POLICE: "police, gendarmerie, intelligence or other security service",
    Role.OPPOSITION: "an unarmed opposition party, coalition, candidate or leader",
    Role.PUBLIC: "people, protesters, voters, workers, students, migrants: the street",
    Role.REBELS: "an armed group that fights the government, or a militia outside its command",
    Role.FOREIGN_MINISTER: "a foreign minister, secretary of state, ambassador or envoy",
    Role.ORGANISATION: "an intergovernmental or non-governmental organisation or one of its officials",
    Role.OUTLET: "a newspaper, agency, broadcaster or web site, or its reporter",
    Role.COMPANY: "a firm or its officers",
    Role.PERSON: "a named person whose part is none of the above, such as an expert",
    Role.OTHER: "anything else, or not known",
}
