"""Q11: the thirteen queries of the Star Schema Benchmark (O'Neil, O'Neil, Chen 2009) on the flat lineorder (D5)."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.bench.queries.case import Case, case

_KINGDOM = "('UNITED KI1', 'UNITED KI5')"
_YEARS = "d_year BETWEEN 1992 AND 1997"
_DISCOUNTED = {
    "1.1": "d_year = 1993 AND lo_discount BETWEEN 1 AND 3 AND lo_quantity < 25",
    "1.2": "d_yearmonthnum = 199401 AND lo_discount BETWEEN 4 AND 6 AND lo_quantity BETWEEN 26 AND 35",
    "1.3": "d_weeknuminyear = 6 AND d_year = 1994 AND lo_discount BETWEEN 5 AND 7 AND lo_quantity BETWEEN 26 AND 35",
}
_BRANDS = {
    "2.1": "p_category = 'MFGR#12' AND s_region = 'AMERICA'",
    "2.2": "p_brand1 BETWEEN 'MFGR#2221' AND 'MFGR#2228' AND s_region = 'ASIA'",
    "2.3": "p_brand1 = 'MFGR#2239' AND s_region = 'EUROPE'",
}
_TRADE = {
    "3.1": ("nation", f"c_region = 'ASIA' AND s_region = 'ASIA' AND {_YEARS}"),
    "3.2": ("city", f"c_nation = 'UNITED STATES' AND s_nation = 'UNITED STATES' AND {_YEARS}"),
    "3.3": ("city", f"c_city IN {_KINGDOM} AND s_city IN {_KINGDOM} AND {_YEARS}"),
    "3.4": ("city", f"c_city IN {_KINGDOM} AND s_city IN {_KINGDOM} AND d_yearmonth = 'Dec1997'"),
}
_AMERICA = "c_region = 'AMERICA' AND s_region = 'AMERICA' AND p_mfgr IN ('MFGR#1', 'MFGR#2')"
_PROFIT = {
    "4.1": ("d_year, c_nation", _AMERICA),
    "4.2": ("d_year, s_nation, p_category", f"{_AMERICA} AND d_year IN (1997, 1998)"),
    "4.3": (
        "d_year, s_city, p_brand1",
        "c_region = 'AMERICA' AND s_nation = 'UNITED STATES' AND d_year IN (1997, 1998) AND p_category = 'MFGR#14'",
    ),
}
LIMIT = 100_000
"""More than any of them finds: Pinot's default is 10 rows."""


def cases() -> Iterator[Case]:
    for number, where in _DISCOUNTED.items():
        yield _grouped(number, "", "SUM(lo_extendedprice * lo_discount)", where)
    for number, where in _BRANDS.items():
        yield _grouped(number, "d_year, p_brand1", "SUM(lo_revenue)", where)
    for number, (place, where) in _TRADE.items():
        order = "d_year, SUM(lo_revenue) DESC"
        yield _grouped(number, f"c_{place}, s_{place}, d_year", "SUM(lo_revenue)", where, order)
    for number, (groups, where) in _PROFIT.items():
        yield _grouped(number, groups, "SUM(lo_revenue - lo_supplycost)", where)


def _grouped(number: str, groups: str, total: str, where: str, order: str = "") -> Case:
    """One total of what `where` leaves (zero of nothing, as Pinot has it), or one for each of the groups."""
    name = f"Q11 star schema {number}"
    if not groups:
        tail = f"FROM {{}} WHERE {where}"
        return case(name, f"SELECT {total} {tail}", f"SELECT coalesce({total}, 0) {tail}")
    tail = f"GROUP BY {groups} ORDER BY {order or groups} LIMIT {LIMIT}"
    return case(name, f"SELECT {groups}, {total} FROM {{}} WHERE {where} {tail}")
