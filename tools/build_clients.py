"""How SDKs call services -> the name of their VPC endpoint, where the two differ: facts/clients.json.

botocore carries the prefix of each service's own host name, which the endpoint has too; those that turn it round are listed
here, from the AWS PrivateLink guide. Names are clients of boto3, packages of the SDK for JavaScript v3 and classes of its version 2.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import botocore.session

_FILE = Path(__file__).parent.parent / "src" / "stackflight" / "facts" / "clients.json"
_SOURCE = "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html"
# Client -> endpoint, where it is not the prefix of the host name.
_TURNED = {
    "ecr": "ecr.api", "sagemaker": "sagemaker.api", "sagemaker-runtime": "sagemaker.runtime", "iot-data": "iot.data",
    "sagemaker-featurestore-runtime": "sagemaker.featurestore-runtime", "iotwireless": "iotwireless.api", "kinesis": "kinesis-streams",
    "firehose": "kinesis-firehose", "mwaa": "airflow.api", "appstream": "appstream.api", "codeartifact": "codeartifact.api",
    "dynamodbstreams": "dynamodb-streams", "sdb": "sdb",
}  # fmt: skip
# Names that no rule gives -> client.
_OTHERS = {
    "cognitoidentityserviceprovider": "cognito-idp", "rdsdataservice": "rds-data", "stepfunctions": "stepfunctions", "elbv2": "elbv2",
    "dms": "dms", "iotdata": "iot-data", "eventbridge": "events", "cloudwatchevents": "events", "ses": "ses",
}  # fmt: skip


def main() -> None:
    """Write the table."""
    session = botocore.session.get_session()
    found: dict[str, str] = {}
    endpoints: dict[str, str] = {}
    for client in session.get_available_services():
        told = session.get_service_model(client).metadata
        prefix = str(told["endpointPrefix"])
        endpoints[client] = _TURNED.get(client, client if "." in prefix else prefix)
        words = str(told.get("serviceId", client)).lower()
        for name in (client, words.replace(" ", "-"), words.replace(" ", "")):
            found.setdefault(name, endpoints[client])
    found |= {name: endpoints[client] for name, client in _OTHERS.items()}
    content = {
        "date": datetime.now(UTC).date().isoformat(),
        "source": _SOURCE,
        "note": "client of boto3, package of the SDK for JavaScript v3 or class of version 2 (lower case) -> the name of the VPC endpoint, where it is another one",
        "endpoints": {name: endpoint for name, endpoint in sorted(found.items()) if name != endpoint},
    }
    _FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
