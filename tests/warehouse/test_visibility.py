"""How much of where a place is may be told: the strictest that any record or type asks for, wherever it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from schemas import rulebook
from tests.warehouse.accepted import AS_OF, load_records, office_number
from warehouse import build, golden, protection

SHELTER, GROUP_HOME, HOME_HELP = "shelter", "sfk-33", "sfk-11"
HERE = "函館市東町1丁目2番3号"
OFFICE = office_number(1)


class Record:
    """One row that is an organization, a service and a place of its own."""

    def __init__(
        self,
        service_type: str | None = None,
        visibility: str | None = None,
        place: Mapping[str, Any] | None = None,
        organization: Mapping[str, Any] | None = None,
    ) -> None:
        self.service = {"name": "s", "service_type": service_type}
        self.place = {"name": "p", "address_visibility": visibility, "address": HERE} | dict(place or {})
        self.organization = {"name": "o"} | dict(organization or {})


def told(*records: Record, one_place: bool = False, one_organization: bool = False) -> list[dict[str, Any]]:
    """Of each record (row number = id), what became visible of its place and organization."""
    tables: dict[str, list[dict[str, Any]]] = {"services": [], "places": [], "organizations": []}
    members = []
    for n, record in enumerate(records):
        for kind, values in (
            ("services", record.service),
            ("places", record.place),
            ("organizations", record.organization),
        ):
            tables[kind].append({"record_id": f"a:{n}"} | values)
            joined = (one_place and kind == "places") or (one_organization and kind == "organizations")
            members.append((kind, f"a:{n}", "a", f"{kind} {0 if joined else n}"))
    with duckdb.connect() as con:
        protection.prepare(con)
        load_records(con, tables)
        con.execute("CREATE TABLE members (kind VARCHAR, record_id VARCHAR, source VARCHAR, entity_id VARCHAR)")
        con.executemany("INSERT INTO members VALUES (?, ?, ?, ?)", members)
        golden.make_tables(con, AS_OF)
        con.execute("CREATE SCHEMA protected")
        columns = "folded VARCHAR, latitude DOUBLE, longitude DOUBLE, visibility VARCHAR"
        con.execute(f"CREATE TABLE protected.sites ({columns})")
        con.execute("INSERT INTO protected.sites VALUES ('函館市北町1', 42.5, 141.5, 'hidden')")
        con.execute("CREATE TABLE protected.places (place_id VARCHAR, visibility VARCHAR)")
        con.execute((build.ROOT / "visibility.sql").read_text(encoding="utf-8"))
        places = con.execute("SELECT place_id, address_visibility, latitude FROM places ORDER BY 1").fetchall()
        query = "SELECT organization_id, address_visibility FROM organizations ORDER BY 1"
        organizations = dict(con.execute(query).fetchall())
    places.sort(key=lambda row: int(row[0].split()[1]))
    return [
        {"place": visibility, "latitude": latitude, "organization": organizations[f"organizations {key}"]}
        for place_id, visibility, latitude in places
        for key in [0 if one_organization else place_id.split()[1]]
    ]


def test_the_types_policy_holds_whatever_the_source_says() -> None:
    policies = {code: row.extra["address_policy"] for code, row in rulebook.codes("service_types").items()}
    cases = [
        (code, said)
        for code, policy in policies.items()
        if policy != "public"
        for said in (None, "public", "municipality", "hidden")
    ]
    assert len(cases) >= 40
    found = told(*(Record(code, said, {"address": f"函館市東町{n}番"}) for n, (code, said) in enumerate(cases, 1)))
    for (code, said), one in zip(cases, found, strict=True):
        assert one["place"] == ("hidden" if "hidden" in (policies[code], said) else "municipality"), (code, said)


def test_residential_and_shelter_have_the_policies_of_the_data_model() -> None:
    residential = "共同生活援助 宿泊型自立訓練 福祉ホーム 自立援助ホーム 母子生活支援施設 女性自立支援施設 児童養護施設"
    residential += " 無料低額宿泊所 日常生活支援住居施設"
    policies = {row.label_ja: row.extra["address_policy"] for row in rulebook.codes("service_types").values()}
    assert {policies[label] for label in residential.split()} == {"municipality"}
    assert policies["シェルター"] == "hidden"


def test_without_any_reason_a_place_is_public() -> None:
    assert [
        found["place"] for found in told(Record(HOME_HELP), Record(None, "public", {"address": "函館市東町9"}))
    ] == [
        "public",
        "public",
    ]


def test_the_strictest_record_of_a_place_wins() -> None:
    assert told(Record(None, "public"), Record(None, "hidden"), one_place=True)[0]["place"] == "hidden"
    assert told(Record(GROUP_HOME), Record(HOME_HELP), one_place=True)[0]["place"] == "municipality"
    assert told(Record(GROUP_HOME), Record(SHELTER), one_place=True)[0]["place"] == "hidden"


SPELLINGS = [
    "函館市東町1-2-3",
    "北海道函館市東町一丁目二番三号",
    "函館市東町１丁目２−３",
    "函館市東町1-2-3 ことり荘201",
]
SPELLINGS += ["函館市東町1丁目2番3号201号室", "函館市東町1-2-3-201"]


def test_the_same_address_spelled_otherwise_is_withheld_everywhere() -> None:
    """In another place and in an organization, and also where the protected one is the longer text."""
    records, expected = [], []
    for service_type, visibility in ((SHELTER, "hidden"), (GROUP_HOME, "municipality")):
        for spelling in SPELLINGS:
            for protected, other in ((HERE, spelling), (spelling, HERE)):
                town = f"{chr(ord('あ') + len(records))}町"
                protected, other = protected.replace("東町", town), other.replace("東町", town)
                records.append(Record(service_type, None, {"address": protected}))
                records.append(Record(HOME_HELP, "public", {"address": other}, {"address": other}))
                expected.append((visibility, visibility, visibility))
    found = told(*records)
    pairs = zip(found[::2], found[1::2], strict=True)
    assert [(one["place"], other["place"], other["organization"]) for one, other in pairs] == expected


def test_a_neighbour_is_not_withheld() -> None:
    neighbours = ["函館市東町1-2-4", "函館市東町1-2-31", "函館市西町1-2-3", "函館市"]
    records = [Record(HOME_HELP, "public", {"address": n}, {"address": n}) for n in neighbours]
    found = told(Record(SHELTER), *records)
    assert found[1:] == [{"place": "public", "latitude": None, "organization": "public"}] * len(neighbours)


def test_coordinates_at_the_same_spot_are_withheld() -> None:
    def at(service_type: str, latitude: float, longitude: float) -> Record:
        there = {"address": None, "latitude": latitude, "longitude": longitude}
        return Record(service_type, None, there)

    near = [at(HOME_HELP, 43.12345 + offset, 141.5 - offset) for offset in (0.0, 0.00001, -0.00006, 0.00009)]
    found = told(at(GROUP_HOME, 43.12345, 141.5), *near, at(HOME_HELP, 43.125, 141.5))
    assert [one["latitude"] for one in found[1:]] == [None] * len(near) + [43.125]
    assert {one["place"] for one in found[1:]} == {"public"}


def test_where_a_record_was_that_is_gone_is_withheld_too() -> None:
    there = {"address": "函館市北町１番"}
    spot = {"address": "函館市南町1", "latitude": 42.50001, "longitude": 141.5}
    found = told(Record(place=there, organization=there), Record(place=spot))
    assert (found[0]["place"], found[0]["organization"]) == ("hidden", "hidden")
    assert (found[1]["place"], found[1]["latitude"]) == ("public", None)


def test_an_organization_of_unknown_address_that_runs_a_hidden_place_is_hidden() -> None:
    assert told(Record(SHELTER))[0]["organization"] == "hidden"
    assert told(Record(GROUP_HOME))[0]["organization"] == "public"
    elsewhere = told(Record(SHELTER, organization={"address": "函館市西町9"}))
    assert elsewhere[0]["organization"] == "public"


def test_an_organization_is_as_hidden_as_its_strictest_record() -> None:
    records = [
        Record(organization={"address_visibility": said, "address": "函館市西町9"}) for said in ("public", "hidden")
    ]
    assert told(*records, one_organization=True)[0]["organization"] == "hidden"
