"""Source files made up for tests: invented leaders, coups and numbers for some states, in the form of the copies.

Codes and their changes are real (Germany, Yemen, Serbia, Czechoslovakia, Vietnam), everything else is drawn at random.
"""

# ruff: noqa: C408
from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import random
from collections.abc import Iterable, Mapping
from pathlib import Path

CUT = dt.date(2009, 12, 31)
# GW number, Archigos's letters, first and last day with leaders, COW numbers by first year
STATES = (
    (2, "USA", (1945, 2009), ((0, 2),)),
    (100, "COL", (1945, 2009), ((0, 100),)),
    (260, "GFR", (1949, 2009), ((0, 260), (1991, 255))),
    (265, "GDR", (1950, 1989), ((0, 265),)),
    (315, "CZE", (1946, 1992), ((0, 315),)),
    (316, "CZR", (1993, 2009), ((0, 316),)),
    (345, "YUG", (1945, 2005), ((0, 345),)),
    (340, "SER", (2007, 2009), ((0, 345),)),
    (365, "RUS", (1945, 2009), ((0, 365),)),
    (645, "IRQ", (1945, 2009), ((0, 645),)),
    (678, "YEM", (1945, 2009), ((0, 678), (1991, 679))),
    (816, "DRV", (1955, 2009), ((0, 816),)),
)
SMALL = (54, 54, 1979)  # Dominica: only in REIGN
EXITS = (
    ("Regular", "Regular", "OK", 12),
    ("Irregular", "Removed by Military, without Foreign Support", "Exile", 4),
    ("Irregular", "Popular Protest, without Foreign Support", "OK", 2),
    ("Irregular", "Removed by Rebels, with Foreign Support", "Imprisonment", 2),
    ("Irregular", "Irregular, Other", "Death", 1),
    ("Foreign", "Removed through Threat of Foreign Force", "Exile", 1),
    ("Natural Death", "Regular", "Missing: Natural Death within Six Months of Losing Office", 2),
)
VDEM = {
    2: "USA",
    100: "COL",
    260: "DEU",
    265: "DDR",
    315: "CZE",
    316: "CZE",
    345: "SRB",
    340: "SRB",
    365: "RUS",
    645: "IRQ",
    678: "YEM",
    816: "VNM",
}
POLITY = {
    260: ((0, 260), (1990, 255)),
    345: ((0, 345), (1992, 347)),
    340: ((0, 342),),
    365: ((0, 364), (1992, 365)),
    678: ((0, 678), (1991, 679)),
    816: ((0, 816), (1976, 818)),
}

Rows = list[dict[str, object]]


def code(spans: Iterable[tuple[int, int]], year: int) -> int:
    """The number that holds in a year."""
    return [number for first, number in spans if year >= first][-1]


def make(seed: int = 7) -> dict[str, Rows]:
    """Rows of every source by the beginning of its file name."""
    rng = random.Random(seed)
    tables: dict[str, Rows] = {}
    archigos, reign, lead, regimes, elections = [], [], [], [], []
    for gw, letters, (first, last), cow in STATES:
        day, n, entry = dt.date(first, rng.randint(1, 12), rng.randint(1, 28)), 0, "Regular"
        while day < dt.date(last, 12, 31):
            end = min(day + dt.timedelta(days=rng.randint(40, 3000)), dt.date(last, 12, 31))
            running = end == CUT
            kind = rng.choices(EXITS, [row[3] for row in EXITS])[0]
            sex, born = rng.choice("MMMF"), day.year - rng.randint(35, 75)
            name = f"Leader {letters} {n}"
            archigos.append(
                dict(
                    obsid=f"{letters}-{day:%Y}-{n}",
                    leadid=f"id-{letters}-{n}",
                    ccode=gw,
                    idacr=letters,
                    leader=name,
                    startdate=day,
                    enddate=end,
                    entry=entry,
                    exit="Still in Office" if running else kind[0],
                    exitcode="Still in Office" if running else kind[1],
                    prevtimesinoffice=rng.randint(0, 2),
                    posttenurefate="Leader Still in Office" if running else kind[2],
                    gender=sex,
                    yrborn=born,
                    yrdied="" if running else end.year + rng.randint(0, 20),
                    borndate="NA",
                    deathdate="",
                )
            )
            if rng.random() < 0.9 and day.year >= 1950:
                reign.append(
                    dict(
                        stateabb=letters,
                        ccode=code(cow, day.year),
                        leadid=f"A2.9-{gw}-{n}",
                        leader=name,
                        sdate=day.day,
                        smonth=day.month,
                        syear=day.year,
                        emonth="" if running else end.month,
                        eyear="" if running else end.year,
                        birthyear=born,
                        gender=int(sex == "M"),
                        militarycareer=rng.choice((0.0, 0.0, 1.0)),
                        l_month="",
                        l_year="",
                    )
                )
            flags = {f: rng.choice((0, 1, "")) for f in ("milservice", "combat", "rebel", "warwin", "warloss")}
            rest = dict.fromkeys(("rebelwin", "rebelloss", "physhealth", "mentalhealth"), 0)
            lead.append({"obsid": archigos[-1]["obsid"], "leveledu": rng.randint(0, 3), **flags, **rest})
            entry = "Irregular" if kind[0] == "Irregular" else "Regular"
            day, n = end, n + 1
        regimes += _regimes(rng, gw, first, last, cow)
        elections += _elections(rng, gw, first, last, cow)
    reign += _small(rng)
    regimes.append(
        dict(
            cowcode=54,
            gwf_country="Dominica",
            gwf_startdate="1978-11-03",
            gwf_enddate="",
            gwf_regimetype="parliamentary",
        )
    )
    thetas = {f"theta{i}_{part}": 0.5 for i in range(1, 5) for part in ("mean", "sd")}
    tables["archigos_4.1"] = archigos
    tables["reign_leaderlist"] = reign
    tables["lead"] = lead
    tables["lwuf"] = [{"obsid": row["obsid"], **thetas} for row in archigos]
    tables["reign_regimes"] = regimes
    tables["reign_elections"] = elections
    return tables | _events(rng) | _yearly(rng)


def _regimes(rng: random.Random, gw: int, first: int, last: int, cow: tuple[tuple[int, int], ...]) -> Rows:
    rows: Rows = []
    year = first - 1
    while year < last:
        end = year + rng.randint(3, 25)
        kind = rng.choice(("presidential", "parliamentary", "personal", "party-based", "military", "monarchy"))
        stop = "" if end >= last else f"{end}-06-15"
        rows.append(
            dict(
                cowcode=code(cow, max(year, first)),
                gwf_country=f"State {gw}",
                gwf_startdate=f"{year}-06-15",
                gwf_enddate=stop,
                gwf_regimetype=kind,
            )
        )
        year = end
    return rows


def _elections(rng: random.Random, gw: int, first: int, last: int, cow: tuple[tuple[int, int], ...]) -> Rows:
    rows: Rows = []
    for n, year in enumerate(range(max(first, 1946), last + 1, 4)):
        month = rng.randint(4, 12)
        base = dict(
            ccode=code(cow, year),
            electionnumber=n,
            country=f"State {gw}",
            elec_year=year,
            elecnum=gw * 1000 + n,
            type=rng.choice("XLR"),
            direct="Y",
            regular="Y",
            victory="Y",
            change=rng.choice("YN"),
            runoff="N",
        )
        if rng.random() < 0.3:
            told = dict(elec_month=month - rng.randint(0, 3), elec_day="", sequence=1, event="Announced")
            rows += [base | told, base | dict(elec_month=month, elec_day=3, sequence=2, event="Vote, Early")]
            if month < 12:
                rows.append(base | dict(elec_month=month + 1, elec_day="", sequence=3, event="Deadline Met"))
        else:
            event = rng.choice(
                ("Vote, As Scheduled", "Vote, As Scheduled", "Voided by Regime Change", "Deadline Not Met")
            )
            rows.append(base | dict(elec_month=month, elec_day=" ", sequence=1, event=event))
    return rows


def _small(rng: random.Random) -> Rows:
    rows: Rows = []
    gw, cow, year = SMALL
    for n, start in enumerate(range(year, 2009, 5)):
        last = start + 5 >= 2009
        rows.append(
            dict(
                stateabb="DMA",
                ccode=cow,
                leadid=f"cb-{gw}-{n}",
                leader=f"Small {n}",
                sdate=rng.randint(1, 30),
                smonth=7,
                syear=start,
                emonth="" if last else 7,
                eyear="" if last else start + 5,
                birthyear=-99 if n == 0 else 1930 + n,
                gender=1,
                militarycareer=0.0,
                l_month="",
                l_year="",
            )
        )
    return rows


def _day(rng: random.Random, first: int, last: int) -> dt.date:
    return dt.date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28))


def _where(rng: random.Random) -> tuple[dt.date, int]:
    """A day and the COW number of a state that had leaders then."""
    _, _, (first, last), cow = rng.choice(STATES)
    day = _day(rng, max(first, 1946), last)
    return day, code(cow, day.year)


def _events(rng: random.Random) -> dict[str, Rows]:
    cline: Rows = []
    colpus: Rows = []
    other: Rows = []
    kinds = ("military", "dissident", "rebel", "palace", "foreign", "auto", "resign", "popular", "counter", "other")
    fates = ("noharm", "injured", "killed", "harrest", "jailed", "tried", "fled", "exile")
    for n in range(140):
        day, cow = _where(rng)
        event = rng.choice(("coup", "attempted", "conspiracy"))
        chosen, fate = rng.choice(kinds), rng.choice(fates)
        cline.append(
            dict(
                coup_id=f"c{n}",
                cowcode=cow,
                country="State",
                year=day.year,
                month=day.month,
                day=day.day,
                event_type=event,
                unrealized=int(event != "coup"),
                realized=int(event == "coup"),
                conspiracy=int(event == "conspiracy"),
                attempt=int(event == "attempted"),
            )
            | {kind: int(kind == chosen) for kind in kinds}
            | {name: int(name == fate) for name in fates}
        )
        day, cow = _where(rng)
        colpus.append(
            dict(
                id=f"p{n}",
                ccode=cow,
                date=day,
                statenme="State",
                year=day.year,
                coup="Coup",
                milcoup="Military Coup",
                nonmilcoup=0,
                success=rng.choice((1, 2)),
                type=rng.choice(("CH", "SH")),
                cwc_coding="",
                type2="CH",
                cwc_coding2="",
                srofficial=0.0,
                jrofficer="",
                sameeth=1.0,
                anyethclaim=0.0,
                coupleadereth="",
                relative=0.0,
                relationship="",
                anyoutsidesupport=0.0,
                outsidesupporters="",
                ambiguous="",
                staged="",
            )
        )
        if n % 2:
            other.append(
                dict(
                    country="State", ccode=cow, year=day.year, month=day.month, day=day.day, coup=1 + n % 2, version="V"
                )
            )
    disputes: Rows = []
    for n in range(160):
        (day, one), (_, two) = _where(rng), _where(rng)
        two = two if two != one else 20
        pair = dict(
            dispnum=n,
            year=day.year,
            stmon=day.month,
            midonset=1,
            midongoing=1,
            revstate1=0,
            revstate2=0,
            revtype11=3,
            revtype12=rng.choice((0, 3)),
            revtype21=-9,
            revtype22=-9,
            hiact1=0,
            hiact2=0,
            hostlev1=rng.randint(1, 5),
            hostlev2=1,
            orig1=1,
            orig2=1,
            hostlev=4,
        )
        disputes += [
            pair | dict(ccode1=one, ccode2=two, sidea1=1, sidea2=0),
            pair | dict(ccode1=two, ccode2=one, sidea1=0, sidea2=1),
        ]
    disputes.append(disputes[0] | dict(dispnum=999, year=2009, stmon=12))
    rivals: Rows = [
        dict(
            tssr_id=1,
            rivalry="a",
            ccode1=2,
            ccode2=365,
            start=1945,
            end=1989,
            positional=1.0,
            spatial="",
            ideological="",
            interventionary="",
            principal="",
            aprin="",
        ),
        dict(
            tssr_id=2,
            rivalry="b",
            ccode1=300,
            ccode2=365,
            start=1800,
            end=1914,
            positional=1.0,
            spatial="",
            ideological="",
            interventionary="",
            principal="",
            aprin="",
        ),
        dict(
            tssr_id=3,
            rivalry="c",
            ccode1=2,
            ccode2=645,
            start=1990,
            end="",
            positional="",
            spatial="",
            ideological="",
            interventionary=1.0,
            principal="",
            aprin="",
        ),
    ]
    sanctions: Rows = [
        dict(
            gameID=f"{a}{b}{decade}",
            tenyear=decade,
            ccode1=a,
            ccode2=b,
            sq=100,
            cd=rng.randint(0, 3),
            sf=1,
            bd=0,
            senderecondep=0,
            senderdemocracy=0,
            contig=1,
            ally=0,
            anticipatedsendercosts=1,
            anticipatedtargetcosts=1,
            targetecondep=0,
            lncaprat=1,
            targetdemocracy=1,
        )
        for decade in (1970, 1980, 1990)
        for a, b in ((2, 645), (2, 100), (365, 100))
    ]
    return {
        "cline_coups": cline,
        "colpus": colpus,
        "powell_thyne_coups": other,
        "gml_mid_dirdisp": disputes,
        "tss_rivalries": rivals,
        "ties_sanctions": sanctions,
    }


def _yearly(rng: random.Random) -> dict[str, Rows]:
    polity: Rows = []
    vdem: Rows = []
    nmc: Rows = []
    wdi: Rows = []
    ucdp: Rows = []
    for gw, _, (first, last), cow in STATES:
        for year in range(first, last + 1):
            score = rng.choice((-9, -7, 0, 5, 8, 10))
            unknown = rng.random() < 0.05
            parts = dict.fromkeys(("xrreg", "xrcomp", "xropen", "xconst", "parreg", "parcomp"), 2)
            polity.append(
                dict(
                    polity_annual_ccode=code(POLITY.get(gw, ((0, gw),)), year),
                    polity_annual_country=f"State {gw}",
                    year=year,
                    democ=-88 if unknown else 5,
                    autoc=-88 if unknown else 3,
                    polity=-88 if unknown else score,
                    polity2="" if unknown else score,
                    durable=3,
                    **parts,
                    GWn=gw,
                    cown=code(cow, year),
                )
            )
            if gw not in (340, 316):
                vdem.append(
                    dict(
                        vdem_country_name="State",
                        country_text_id=VDEM[gw],
                        year=float(year),
                        v2x_polyarchy=round(rng.random(), 3),
                        v2x_libdem=round(rng.random(), 3),
                        v2x_api=0.5,
                        v2x_mpi=0.5,
                        GWn=gw,
                        cown=gw,
                    )
                )
            number = code(cow, year)
            nmc.append(
                dict(
                    ccode=float(number),
                    year=float(year),
                    milex=rng.choice((0.0, 5e5)),
                    milper=rng.randint(0, 90),
                    irst=0,
                    pec=rng.choice((0.0, 1e4)),
                    tpop=rng.randint(500, 90000),
                    upop=1,
                    cinc=0.1,
                )
            )
            if year >= 1960:
                wdi.append(dict(gwcode=gw, year=year, infmort=round(rng.uniform(3, 90), 1), infmort_imputed="false"))
            if rng.random() < 0.15 and year > 1945:
                war = rng.random() < 0.3
                ucdp.append(
                    dict(
                        conflict_id=float(gw),
                        year=year,
                        gwno_a=float(gw),
                        gwno_a_2nd=rng.choice(("", 2.0)) if gw != 2 else "",
                        gwno_b=20.0 if war else "",
                        gwno_b_2nd="",
                        incompatibility=rng.choice(("government", "territory")),
                        intensity_level=float(rng.choice((1, 2))),
                        type_of_conflict="interstate" if war else "intrastate",
                        start_date=f"{year}-01-01",
                        start_prec=1.0,
                        start_date2=f"{year}-01-01",
                        start_prec2=1.0,
                    )
                )
    vdem += [
        dict(
            vdem_country_name="State",
            country_text_id=text,
            year=float(year),
            v2x_polyarchy=0.4,
            v2x_libdem=0.3,
            v2x_api=0.5,
            v2x_mpi=0.5,
            GWn="",
            cown="",
        )
        for text, first, last in (("CZE", 1993, 2009), ("SRB", 2006, 2009), ("HKG", 1990, 1995))
        for year in range(first, last + 1)
    ]
    return {"polity5": polity, "vdem_simple": vdem, "cow_nmc": nmc, "wdi_infant_mortality": wdi, "ucdp_acd": ucdp}


def write(folder: Path, tables: Mapping[str, Rows], *, packed: bool = True) -> Path:
    """Write every table as CSV, gzipped or plain; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, rows in tables.items():
        path = folder / f"{stem}.csv{'.gz' if packed else ''}"
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        data = text.getvalue().encode()
        path.write_bytes(gzip.compress(data) if packed else data)
    return folder
