"""What opens doors is taken out wherever it stands."""

from __future__ import annotations

import pytest

from stackflight.model.event import Event
from stackflight.model.redaction import HIDDEN, Redactor

SECRET = "Zx81Spectrum48kSecret"


@pytest.mark.parametrize(
    "text",
    [
        f"https://bucket.s3.amazonaws.com/key?X-Amz-Signature={SECRET}&X-Amz-Expires=60",
        f"https://bucket.s3.amazonaws.com/key?AWSAccessKeyId=abc&Signature={SECRET}",
        f"password={SECRET}",
        f"DB_PASSWORD: {SECRET}",
        f'{{"password": "{SECRET}"}}',
        f"aws_secret_access_key = {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"postgres://librechat:{SECRET}@db.internal:5432/app",
        f"https://hooks.slack.com/services/T0/B0/{SECRET}",
        f"https://discord.com/api/webhooks/1/{SECRET}",
        "-----BEGIN RSA PRIVATE KEY-----\nZx81Spectrum48kSecret\n-----END RSA PRIVATE KEY-----",
        f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0aaaa.{SECRET}",
    ],
)
def test_secrets_are_known_by_their_form(text: str) -> None:
    cleaned = Redactor().text(text)
    assert SECRET not in cleaned
    assert HIDDEN in cleaned


def test_what_is_known_to_be_secret_goes_wherever_it_stands() -> None:
    redactor = Redactor(["correct horse", "correct horse battery"])
    assert redactor.text("it is correct horse battery") == f"it is {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        'Resource handler returned message: "The secret librechat/db does not exist" (RequestToken: 8d2f, HandlerErrorCode: NotFound)',
        "User: arn:aws:sts::111122223333:assumed-role/deploy/r-1 is not authorized to perform: secretsmanager:GetSecretValue",
        "https://console.aws.amazon.com/cloudformation/home?region=eu-central-1#/stacks/events?stackId=abc",
        "Bucket name already exists",
    ],
)
def test_what_helps_to_understand_a_failure_stays(text: str) -> None:
    assert Redactor().text(text).replace(HIDDEN, "8d2f") == text


def test_events_and_plain_data_are_cleaned_alike() -> None:
    redactor = Redactor([SECRET])
    event = Event(1.0, "app", "Db", "T", "CREATE_FAILED", f"no {SECRET}", f"id-{SECRET}")
    assert SECRET not in str(redactor.event(event))
    data = {"a": [f"x {SECRET}", {"token": "abcdef", "kept": 3}], "b": None}
    assert redactor.data(data) == {"a": [f"x {HIDDEN}", {"token": HIDDEN, "kept": 3}], "b": None}


@pytest.mark.parametrize(
    "told",
    [
        {"containerDefinitions": [{"name": "web", "environment": [{"name": "GREETING", "value": SECRET}]}]},
        {"overrides": {"containerOverrides": [{"environment": [{"name": "GREETING", "value": SECRET}]}]}},
        {"Environment": {"Variables": {"GREETING": SECRET}}},
        {"Environment": [{"Name": "GREETING", "Value": SECRET}]},
        {"Environment": {"Image": "x", "EnvironmentVariables": [{"Name": "GREETING", "Value": SECRET}]}},
        {"environment": {"GREETING": SECRET}},
        {
            "CloudTrailEvent": f'{{"requestParameters": {{"environment": [{{"name": "GREETING", "value": "{SECRET}"}}]}}}}'
        },
    ],
)
def test_of_an_environment_the_names_stay_and_the_values_go(told: dict[str, object]) -> None:
    kept = str(Redactor().data(told))
    assert SECRET not in kept
    assert "GREETING" in kept


def test_a_record_of_the_trail_that_is_no_json_is_cleaned_as_text() -> None:
    assert Redactor().data({"CloudTrailEvent": f"password={SECRET}"}) == {"CloudTrailEvent": f"password={HIDDEN}"}


def test_what_is_looked_up_elsewhere_is_no_secret_and_templates_keep_their_shape() -> None:
    template = {
        "Environment": {"Image": "x", "EnvironmentVariables": [{"Name": "A", "Value": {"Ref": "B"}}]},
        "MasterUserPassword": "{{resolve:secretsmanager:db:SecretString:password}}",
        "DbSecret": {"Type": "AWS::SecretsManager::Secret"},
    }
    assert Redactor().data(template) == template
