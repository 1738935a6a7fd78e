"""Models of AWS's APIs and provider schemas -> src/stackflight/facts/name_forms.json: which form the name of a type has.

    pip install botocore && pip download --no-deps cfn-lint -d WHEELS && python tools/build_name_forms.py WHEELS/cfn_lint-*.whl

A type's schema says which operation makes it, the model of that operation the pattern of its name, against which the service
holds the whole name. Patterns that take any text are left out, and so are names of which a row of facts/refusals speaks.
"""

from __future__ import annotations

import argparse
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import botocore.session
from build_types import DATA, name_property, paths

Row = dict[str, Any]
FACTS = Path(__file__).parent.parent / "src/stackflight/facts"
MAKES = re.compile(r"(Create|Put|Register|Add)")
IN_CODE = {
    "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::ElastiCache::ReplicationGroup", "AWS::KMS::Alias",
}  # fmt: skip


def models() -> dict[str, list[Row]]:
    """IAM prefix -> the newest model of each API that has it."""
    loader = botocore.session.get_session().get_component("data_loader")
    found: dict[str, list[Row]] = {}
    for service in loader.list_available_services("service-2"):
        model = loader.load_service_model(service, "service-2")
        for prefix in {model["metadata"].get(key) for key in ("signingName", "endpointPrefix")} | {service}:
            found.setdefault(prefix, []).append(model)
    return found


def pattern(schema: Row, name: str, apis: dict[str, list[Row]]) -> str:
    """The pattern of a property in the operation that makes the type; empty where there is none."""
    last = schema["typeName"].rsplit("::", 1)[-1].lower()
    for permission in (schema.get("handlers", {}).get("create") or {}).get("permissions", []):
        prefix, _, action = permission.partition(":")
        for model in apis.get(prefix, []) if MAKES.match(action) and action.lower().endswith(last) else []:
            given = model["operations"].get(action, {}).get("input")
            members = model["shapes"][given["shape"]].get("members", {}) if given else {}
            for member, target in members.items():
                if re.sub("[^a-z]", "", member.lower()) == name.lower():
                    return str(model["shapes"][target["shape"]].get("pattern", ""))
    return ""


def tells(form: str) -> bool:
    """Whether a pattern can be read here, takes an ordinary name, and does not take any text."""
    try:
        compiled = re.compile(form)
    except re.error:
        return False
    ordinary = any(compiled.fullmatch(text) for text in ("name-a", "name_a", "namea", "Namea1"))
    return ordinary and not compiled.fullmatch("any text! of: all; kinds~") and "\\u" not in form


def rows(wheel: zipfile.ZipFile, region: str) -> Iterator[tuple[str, Row]]:
    apis = models()
    spoken = {
        (row["type"], part["path"])
        for file in (FACTS / "refusals").glob("*.json")
        for row in json.loads(file.read_text("utf-8"))["rows"]
        for part in conditions(row["if"])
        if "path" in part
    }
    for kind, digest in sorted(json.loads(wheel.read(f"{DATA}/providers/{region}.json")).items()):
        schema = json.loads(wheel.read(f"{DATA}/resources/{digest}.json"))
        if kind in IN_CODE or not kind.startswith("AWS::"):
            continue
        last = kind.rsplit("::", 1)[-1]
        read_only = paths(schema, "readOnlyProperties")
        names = dict.fromkeys((name_property(schema, paths(schema, "createOnlyProperties")), "Name", f"{last}Name"))
        for name in names:
            if name in schema.get("properties", {}) and name not in read_only and (kind, name) not in spoken:
                if (form := pattern(schema, name, apis)) and tells(form):
                    yield kind, {"property": name, "form": form}
                    break


def conditions(condition: Row) -> Iterator[Row]:
    yield condition
    for key in ("all", "any"):
        for part in condition.get(key, []):
            yield from conditions(part)
    for key in ("not", "some"):
        if key in condition:
            yield from conditions(condition[key])


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--date", required=True, help="the day of the release of botocore")
    given = parser.parse_args()
    head = {
        "date": given.date,
        "source": f"the service models of botocore {botocore.__version__}",
        "note": "the pattern that the whole name of a type has to fit, by the property that gives it",
    }
    with zipfile.ZipFile(given.wheel) as wheel:
        lines = ",\n".join(f"  {json.dumps(kind)}: {json.dumps(row)}" for kind, row in rows(wheel, given.region))
    out = FACTS / "name_forms.json"
    out.write_text(json.dumps(head, indent=1)[:-2] + ',\n "types": {\n' + lines + "\n }\n}\n", "utf-8")


if __name__ == "__main__":
    main()
