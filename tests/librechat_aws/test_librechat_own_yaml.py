"""A librechat.yaml of one's own: laid over ours, its names and ports found, its mistakes shown where they stand."""

import json
from pathlib import Path

import pytest
from node_packages import install

from librechat_aws.errors import SettingsError
from librechat_aws.librechat_yaml import librechat_yaml, merged
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

FOLDER = Path(__file__).parent / "yaml"
GOOD, BAD = sorted((FOLDER / "good").glob("*.yaml")), sorted((FOLDER / "bad").glob("*.yaml"))
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:chat-AbCdEf"


@pytest.fixture
def settings(tmp_path: Path):
    """`settings(yaml, *lines)`: a settings file beside a librechat.yaml, as a path."""

    def write(text: str, *lines: str) -> str:
        (tmp_path / "my.yaml").write_text(text)
        file = tmp_path / "chat.toml"
        file.write_text("\n".join(['preset = "standard-dev"', 'librechat_yaml = "my.yaml"', *lines]) + "\n")
        return str(file)

    return write


def _refused(source: str) -> SettingsError:
    with pytest.raises(SettingsError) as refusal:
        resolve(read_request(source))
    return refusal.value


def test_it_is_found_beside_the_settings_file_and_laid_over_ours(settings) -> None:
    source = settings("version: 1.3.17\nfileConfig: {serverFileSizeLimit: 20}\ninterface: {modelSelect: true}\n")
    content = json.loads(librechat_yaml(resolve(read_request(source)), files_in_s3=True))
    assert content["fileStrategy"] == "s3"
    assert content["interface"] == {"modelSelect": True}
    assert content["fileConfig"] == {
        "serverFileSizeLimit": 20,
        "avatarSizeLimit": 5,
        "endpoints": {"default": {"fileLimit": 20, "fileSizeLimit": 100, "totalSizeLimit": 500}},
    }


def test_endpoints_of_both_are_offered_and_theirs_win() -> None:
    ours = {"endpoints": {"custom": [{"name": "xai", "baseURL": "a"}, {"name": "groq", "baseURL": "b"}]}}
    theirs = {"endpoints": {"custom": [{"name": "groq", "baseURL": "mine"}]}}
    names = [(each["name"], each["baseURL"]) for each in merged(ours, theirs)["endpoints"]["custom"]]
    assert names == [("groq", "mine"), ("xai", "a")]


def test_a_name_that_nothing_gives_a_value_is_refused_where_it_stands(settings) -> None:
    text = "version: 1.3.17\nwebSearch:\n  searchProvider: serper\n  serperApiKey: ${MY_SERPER}\n"
    refusal = _refused(settings(text))
    assert str(refusal).endswith("my.yaml:4: nothing gives MY_SERPER a value")
    assert "secret_variables" in refusal.hint
    config = resolve(read_request(settings(text, f'secret_variables = {{ MY_SERPER = "{SECRET}#serper" }}')))
    assert dict(config.chat.secrets)["MY_SERPER"] == (SECRET, "serper")


def test_a_name_that_neither_libre_chat_nor_the_file_knows_is_refused(settings) -> None:
    assert "MY_OTHER is not a variable" in str(
        _refused(settings("version: 1.3.17\n", 'variables = { MY_OTHER = "x" }'))
    )


def test_a_secret_in_plain_sight_is_refused_where_it_stands(settings) -> None:
    text = "version: 1.3.17\nmcpServers:\n  wiki:\n    url: https://x.example.com\n    headers: {Authorization: Bearer abc}\n"
    assert str(_refused(settings(text))).endswith(
        "my.yaml:5: mcpServers.wiki.headers.Authorization is a secret in plain sight"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: [1\n", "my.yaml:2: expected ',' or ']'"),
        ("- a\n", "my.yaml:1: not a mapping"),
        ("version: 1.3.17\nfileStrategy: local\n", "my.yaml:2: files in a container are gone with it"),
        ("&a [*a]\n", "not a mapping"),
    ],
)
def test_what_is_no_librechat_yaml_says_why(settings, text: str, message: str) -> None:
    refusal = _refused(settings(text))
    assert message in str(refusal)
    assert refusal.hint


def test_ports_of_its_addresses_are_open(settings) -> None:
    source = settings(
        (FOLDER / "good/everything.yaml").read_text(),
        'variables = { MCP_HOST = "mcp.example.com" }',
        f'secret_variables = {{ INTERNAL_KEY = "{SECRET}#a", SERPER_API_KEY = "{SECRET}#b" }}',
    )
    config = resolve(read_request(source))
    assert config.chat.egress_ports == (8443, 9443)
    assert config.chat.endpoints == "agents,bedrock,custom"


def test_an_address_that_a_closed_network_does_not_reach_is_refused(settings) -> None:
    source = settings((FOLDER / "good/ollama.yaml").read_text(), 'egress = "endpoints"')
    assert "http://ollama.example.com:11434/v1/ cannot be reached" in str(_refused(source))


def test_a_key_of_a_provider_opens_it() -> None:
    keys = {"OPENAI_API_KEY": "a", "MISTRAL_API_KEY": "b"}
    secrets = ", ".join(f'{name}="{SECRET}#{key}"' for name, key in keys.items())
    config = resolve(read_request("standard-dev", [f"secret_variables={{{secrets}}}"]))
    assert config.chat.endpoints == "agents,bedrock,openAI,custom"
    (endpoint,) = json.loads(librechat_yaml(config, files_in_s3=True))["endpoints"]["custom"]
    assert (endpoint["name"], endpoint["apiKey"]) == ("Mistral", "${MISTRAL_API_KEY}")


@pytest.fixture(scope="module")
def schema() -> None:
    from librechat_aws import versions
    from librechat_aws.yaml_schema import schema_folder

    install(schema_folder(), (versions.schema_package(),))


@pytest.mark.slow
@pytest.mark.usefixtures("schema")
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_libre_chats_own_schema_takes_what_people_write(path: Path) -> None:
    from librechat_aws.own_yaml import read_own_yaml
    from librechat_aws.yaml_schema import find_mistakes

    assert find_mistakes(read_own_yaml(path).document) == []


@pytest.mark.slow
@pytest.mark.usefixtures("schema")
@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_libre_chats_own_schema_refuses_what_it_would_ignore(path: Path, tmp_path: Path, capsys) -> None:
    from librechat_aws.__main__ import main

    file = tmp_path / "chat.toml"
    file.write_text(f'preset = "standard-dev"\nlibrechat_yaml = "{path}"\n')
    assert main(["compose", str(file), "--out", str(tmp_path / "trial")]) == 64
    said = capsys.readouterr().err
    assert f"{path}:" in said
    assert "hint: LibreChat would ignore the file, or not start." in said
    assert not (tmp_path / "trial").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("schema")
def test_every_preset_passes_libre_chats_own_schema() -> None:
    from librechat_aws.presets import PRESETS
    from librechat_aws.yaml_schema import find_mistakes

    keys = (
        "MISTRAL_API_KEY",
        "GROQ_API_KEY",
        "XAI_API_KEY",
        "DEEPSEEK_API_KEY",
        "PERPLEXITY_API_KEY",
        "OPENROUTER_KEY",
    )
    secrets = ", ".join(f'{name}="{SECRET}#key"' for name in keys)
    for preset in PRESETS:
        for overrides in ([], [f"secret_variables={{{secrets}}}"]):
            config = resolve(read_request(preset, overrides))
            for in_s3 in (True, False):
                assert find_mistakes(json.loads(librechat_yaml(config, files_in_s3=in_s3))) == []
