"""No value that looks like a secret is printed in clear."""

from __future__ import annotations

import time

import pytest

from jobs_api.text.secrets import holds_secret, is_secret_name, masked, without_secrets

PEM = "PRIVATE " + "KEY-----"  # in pieces: nothing in the repository looks like a key
SECRET = [
    "FOO_TOKEN=horse",
    "FOO_TOKEN = horse",
    "PGPASSWORD=horse",
    "AWS_SECRET_ACCESS_KEY='horse'",
    'API_KEY="horse horse"',
    "dbPassword: horse",
    "X-Api-Key: horse",
    '{"api_key": "horse", "a": 1}',
    "{'password': 'horse'}",
    "f(password='horse', a=1)",
    "args=\"password='horse', full=True\"",
    '"{\\"password\\": \\"horse\\", \\"a\\": 1}"',
    'OUTER = "A=1 API_TOKEN=horse B=2"',
    'say "x --password horse" more',
    "--password horse",
    "--password=horse",
    "--db-password horse",
    "-token horse",
    "--key horse",
    "postgres://shop:horse@db/shop",
    "https://horse@o1.ingest.example.com/1",
    "redis://:horse@cache:6379/0",
    "curl -u admin:horse https://example.com",
    'curl -H "Authorization: Bearer horse" https://example.com',
    "mysql -u root -phorse shop",
    "mysqldump --single-transaction -phorse shop",
    "sshpass -p horse ssh x",
    "redis-cli -h x -a horse ping",
    "https://example.com/?token=horse&x=1",
    "TOKEN=a=b=horse",
    "KEY=horse\\ horse",
    'curl -H "Authorization: ApiKey horse" https://example.com',
    'curl -H "Authorization: Digest username=ann, response=horse" https://example.com',
    "wget --header='Cookie: sid=horse; b=horse' https://example.com",
    'curl --cookie "sessionid=horse" https://example.com',
    "curl -uadmin:horse https://example.com",
    "curl --proxy-user ann:horse https://example.com",
    "postgres://shop:pa/horse@db/shop",
    "postgres://shop:p@horse@db/shop",
    "redis://:8080horse@cache:6379/0",
    "https://hooks.slack.com/services/T0/B0/horse",
    "https://discord.com/api/webhooks/1/horse",
    "https://api.telegram.org/bot1:horse/sendMessage",
    "mysqldump -u root -p'horse horse' shop",
    "docker login -u ann -p horse registry.example.com",
    "sqlcmd -U sa -P horse",
    "openssl enc -k horse -in x",
    "htpasswd -b file ann horse",
    "https://example.com/?sig=horse",
    "SECRET_KEY_BASE=horse",
    "API_KEY_2=horse",
    "CRON_SECRET2=horse",
    '{"env": [{"name": "DB_PASSWORD", "value": "horse"}]}',
    '"{\\"name\\":\\"A_TOKEN\\",\\"value\\":\\"horse\\"}"',
    f"it is jobs_{'Ab-_' * 9}ABhorse",
    f"whsec_{'A' * 30}horse",
    f"github_pat_{'a' * 30}horse",
    f"npm_{'a' * 31}horse",
    f"pypi-AgEI{'a' * 60}horse",
    f"AIza{'B' * 30}horse",
    f"sk-proj-{'a' * 40}horse",
    f"sk-{'a' * 40}horse",
    f"-----BEGIN RSA {PEM}\nProc-Type: 4,ENCRYPTED\n\nhorse/+=\n-----END RSA {PEM}\n",
    f"-----BEGIN {PEM}\\nhorse\\nhorse",
]
PLAIN = [
    f"jobs_{'a' * 38}horse",  # a job's name
    f"jobs_{'A' * 39}horse",  # too long for a token
    "sk-learn horse",
    "-----BEGIN CERTIFICATE-----\nhorse\n-----END CERTIFICATE-----",
    "--author horse",
    "--no-password horse",
    "--token-file horse",
    "--primary-key horse",
    "AUTHOR=horse",
    "KEYBOARD=horse",
    "tokenize horse",
    "0 3 * * * ./manage.py horse --sort-key=horse",
    "SECRET_NAME=horse",
    "PASSWORD_MAX_AGE=horse",
    "https://example.com/horse",
    "ann@example.com horse",
    "http://localhost:8000/horse@2",
    "-H 'Authorization: $HORSE'",
    "curl --user-agent a:horse https://example.com",
    "DATA_BASE=horse",
    '{"name": "STAGE", "value": "horse"}',
    "postgres://db:5432/horse",
]


@pytest.mark.parametrize("text", SECRET)
def test_a_secret_is_masked(text: str) -> None:
    assert "horse" not in masked(text)
    assert "***" in masked(text)
    assert holds_secret(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "htpasswd -{}",
        "htpasswd -b {}",
        "curl -u {}",
        "://{}",
        "eyJ{}",
        '"name": "{}"',
        "jobs_{}",
        f"-----BEGIN {PEM}{{}}",
    ],
)
@pytest.mark.parametrize("filling", ["b", "b:", " b", "jobs_", "\\n"])
def test_the_time_grows_as_the_text_does(text: str, filling: str) -> None:
    """A command may write what it wants, and all other threads wait for a pattern."""
    few, many = (fastest(text.format(filling * number)) for number in (200, 3200))
    assert many < max(few, 0.001) * 100  # 16 times as long; a square would be 256 times as much


def fastest(text: str) -> float:
    taken = []
    for _ in range(2):
        began = time.thread_time()
        masked(text)
        taken.append(time.thread_time() - began)
    return min(taken)


def test_only_the_value_is_masked() -> None:
    assert masked('X="A=1 TOKEN=horse" Y="z w"') == 'X="A=1 TOKEN=***" Y="z w"'
    assert masked("TOKEN='horse horse' run all") == "TOKEN='***' run all"
    assert masked("run --token horse --all && next") == "run --token *** --all && next"


def test_what_is_masked_stays_as_it_is() -> None:
    for text in SECRET:
        assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    ("args", "kept", "left"),
    [
        (["--password", "horse", "all"], ["all"], ["--password"]),
        (["--password=horse", "all"], ["all"], ["--password"]),
        (["--password"], ["--password"], []),
        (["--password", "--force"], ["--password", "--force"], []),
        (["--db", "postgres://a:horse@b/c"], [], ["--db postgres://***@b/c"]),
        (["--db=postgres://a:horse@b/c"], [], ["--db"]),
        (["a", "https://a:horse@b/c"], ["a"], ["https://***@b/c"]),
        ([1, None, {"token": "horse"}], [1, None], ["{'token': '***'}"]),
    ],
)
def test_an_argument_that_holds_one_is_left_out(
    args: list[object], kept: list[object], left: list[str]
) -> None:
    assert without_secrets(args) == (kept, left)


def test_the_last_word_of_a_name_tells() -> None:
    assert [
        name for name in ("token", "STRIPE_KEY", "authToken", "my-secret", "pw") if not is_secret_name(name)
    ] == []
    assert [
        name for name in ("tokens_file", "keys", "author", "no-token", "", "-") if is_secret_name(name)
    ] == []
