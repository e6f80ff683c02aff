import math
import os
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.records import Semantics
from grounding.errors import InvalidSettings
from grounding.settings import Settings, load
from grounding.wiring import api_key

FEED = 'kind = "feed"\nurl = "https://example.org/feed"\n'


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without any of our variables, to be filled by the test."""
    for name in [name for name in os.environ if name.upper().startswith("GROUNDING_")]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and the current one while the test runs."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "grounding.toml"


def refused(file: Path, text: str) -> str:
    file.write_text(text)
    with pytest.raises(InvalidSettings) as refusal:
        load(file)
    return str(refusal.value)


class TestOrder:
    def test_defaults_work_without_any_file(self, elsewhere: Path) -> None:
        settings = load()

        assert settings.database.url == "sqlite:///data/grounding.db"
        assert settings.server.host == "127.0.0.1"
        assert settings.embedder.name == "minilm"
        assert settings.sources == []
        assert not settings.fetch.allow_private_addresses
        assert settings.reranker.name is None

    def test_file_of_the_current_folder_is_read_without_being_named(self, elsewhere: Path) -> None:
        (elsewhere / "grounding.toml").write_text("[server]\nport = 9\n")

        assert load().server.port == 9

    def test_variables_win_over_the_file_setting_by_setting(
        self, file: Path, environment: pytest.MonkeyPatch
    ) -> None:
        file.write_text('[server]\nport = 9\nhost = "::1"\n[index]\nsnapshot_every = "1m"\n')
        environment.setenv("GROUNDING_SERVER__PORT", "10")
        environment.setenv("grounding_index__snapshot_every", "P1D")

        settings = load(file)

        assert (settings.server.port, settings.server.host) == (10, "::1")
        assert settings.index.snapshot_every == timedelta(days=1)

    def test_unknown_variables_do_no_harm(
        self, elsewhere: Path, environment: pytest.MonkeyPatch
    ) -> None:
        for name in ("URL", "API_KEY", "DATA", "HOME", "PORT", "SERVICE_HOST", "X__Y__Z"):
            environment.setenv(f"GROUNDING_{name}", "tcp://10.0.0.1:80")

        assert load() == Settings.model_validate({})

    def test_all_of_the_options_of_a_kind_stand_beside_the_common_ones(self, file: Path) -> None:
        file.write_text(
            f'[[sources]]\nname = "a"\n{FEED}schedule = "every 15m"\njitter = "30s"\n'
            'warn_after = "1h"\nerror_after = "P1D"\ncollection = "news"\nenabled = false\n'
        )

        (source,) = load(file).sources

        assert source.options == {"url": "https://example.org/feed"}
        assert (source.schedule, source.jitter) == ("every 15m", timedelta(seconds=30))
        assert (source.warn_after, source.error_after) == (timedelta(hours=1), timedelta(days=1))
        assert (source.collection, source.enabled) == ("news", False)

    def test_a_half_life_is_a_duration_or_timeless(self, file: Path) -> None:
        file.write_text(
            f'[[sources]]\nname = "a"\n{FEED}half_life = "2d"\n'
            f'[[sources]]\nname = "b"\n{FEED}half_life = "timeless"\n'
            f'[[sources]]\nname = "c"\n{FEED}'
        )

        specs = [each.spec(Semantics.APPEND_ONLY) for each in load(file).sources]

        assert [each.half_life_seconds for each in specs] == [172_800.0, math.inf, None]


class TestAnchors:
    def test_relative_paths_start_at_the_file(self, file: Path, elsewhere: Path) -> None:
        file.write_text(
            '[database]\nurl = "sqlite:///db/x.db"\n[index]\ndirectory = "idx"\n'
            '[server]\napi_key = "file:key"\n'
            '[[sources]]\nname = "docs"\nkind = "files"\npath = "docs"\n'
            f'[[sources]]\nname = "news"\n{FEED}headers = {{ Authorization = "file:token" }}\n'
        )

        settings = load(file)

        base = file.parent
        assert settings.database.url == f"sqlite:///{base}/db/x.db"
        assert settings.index.directory == base / "idx"
        assert settings.server.api_key == f"file:{base}/key"
        assert settings.sources[0].options["path"] == f"{base}/docs"
        assert settings.sources[1].options["headers"] == {"Authorization": f"file:{base}/token"}

    @pytest.mark.parametrize("section", ["embedder", "reranker"])
    @pytest.mark.parametrize(
        ("name", "anchored"),
        [
            ("weights/tiny", "{base}/weights/tiny"),
            ("./not-yet-there", "{base}/not-yet-there"),
            ("../shared/tiny", "{base}/../shared/tiny"),
            ("/srv/tiny", "/srv/tiny"),
            ("cross-encoder/tiny", "cross-encoder/tiny"),
            ("all-mpnet-base-v2", "all-mpnet-base-v2"),
        ],
    )
    def test_weights_are_a_folder_beside_the_file_or_else_a_name(
        self, file: Path, elsewhere: Path, section: str, name: str, anchored: str
    ) -> None:
        (file.parent / "weights" / "tiny").mkdir(parents=True)
        (elsewhere / "cross-encoder" / "tiny").mkdir(parents=True)
        file.write_text(f'[{section}]\nname = "{name}"\n')

        found = getattr(load(file), section).name

        assert found == anchored.format(base=file.parent)

    @pytest.mark.parametrize(
        ("name", "anchored"),
        [
            ("weights/tiny@int8", "{base}/weights/tiny@int8"),
            ("weights/odd@int8", "{base}/weights/odd@int8"),
            ("minilm@int8", "minilm@int8"),
            ("BAAI/bge-small-en-v1.5@fp16", "BAAI/bge-small-en-v1.5@fp16"),
        ],
    )
    def test_precision_behind_a_name_is_no_part_of_the_folder(
        self, file: Path, name: str, anchored: str
    ) -> None:
        (file.parent / "weights" / "tiny").mkdir(parents=True)
        (file.parent / "weights" / "odd@int8").mkdir()
        file.write_text(f'[embedder]\nname = "{name}"\ncache = "answers"\n')

        found = load(file).embedder

        assert found.name == anchored.format(base=file.parent)
        assert found.cache == file.parent / "answers"

    def test_embedder_of_the_installation_is_no_folder(self, file: Path) -> None:
        (file.parent / "minilm").mkdir()
        file.write_text('[embedder]\nname = "minilm"\n')

        assert load(file).embedder.name == "minilm"

    def test_word_before_a_secret_file_stays_there(self, file: Path) -> None:
        file.write_text(
            f'[fetch]\nproxy = "file:proxy"\n[[sources]]\nname = "news"\n{FEED}'
            'headers = { Authorization = "Bearer file:keys/token" }\n'
        )

        settings = load(file)

        expected = {"Authorization": f"Bearer file:{file.parent}/keys/token"}
        assert settings.sources[0].options["headers"] == expected
        assert settings.fetch.proxy == f"file:{file.parent}/proxy"

    def test_absolute_paths_and_other_databases_stay(self, file: Path) -> None:
        file.write_text(
            '[database]\nurl = "postgresql+psycopg://user@host/db"\n'
            '[index]\ndirectory = "/var/idx"\n[server]\napi_key = "env:KEY"\n'
            '[[sources]]\nname = "docs"\nkind = "files"\npath = "/srv/docs"\n'
        )

        settings = load(file)

        assert settings.database.url == "postgresql+psycopg://user@host/db"
        assert settings.index.directory == Path("/var/idx")
        assert settings.server.api_key == "env:KEY"
        assert settings.sources[0].options["path"] == "/srv/docs"

    def test_files_of_sql_and_singer_start_there_too(self, file: Path) -> None:
        table = (
            '[[sources]]\nname = "{0}"\nkind = "sql"\nurl = "sqlite:///{0}.db"\n'
            'query = "SELECT 1"\ndocuments = {{ key = "k", text = "t" }}\n'
        )
        file.write_text(
            table.format("rivers")
            + table.format("/srv/lakes").replace('name = "/srv/lakes"', 'name = "lakes"')
            + '[[sources]]\nname = "tap"\nkind = "singer"\ncommand = ["tap"]\n'
            'catalog = "tap.json"\nstreams.a.documents = { key = "k", text = "t" }\n'
        )

        rivers, lakes, tap = load(file).sources

        assert rivers.options["url"] == f"sqlite:///{file.parent}/rivers.db"
        assert lakes.options["url"] == "sqlite:////srv/lakes.db"
        assert tap.options["catalog"] == f"{file.parent}/tap.json"

    def test_relative_file_name_is_anchored_too(self, elsewhere: Path) -> None:
        (elsewhere / "my.toml").write_text('[database]\nurl = "sqlite:///x.db"\n')

        assert load(Path("my.toml")).database.url == f"sqlite:///{elsewhere}/x.db"


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "line", "expected"),
        [
            ("[server]\n\nprot = 80\n", 3, "server.prot: no such setting"),
            ("[sever]\nport = 80\n", 1, "sever: no such setting"),
            ("[server]\nport = 99999\n", 2, "server.port"),
            ('[server]\nport = "http"\n', 2, "server.port"),
            ('[server]\napi_key = ""\n', 2, "server.api_key"),
            ("[index]\nsnapshot_every = 300\n", 2, "index.snapshot_every"),
            ('[index]\nsnapshot_every = "-5m"\n', 2, "index.snapshot_every"),
            ('[index]\ndevice = "tpu"\n', 2, "index.device"),
            ('[fetch]\ntimeout = "0s"\n', 2, "fetch.timeout"),
            ('[fetch]\nproxy = "socks5://127.0.0.1:1080"\n', 2, "expected http://HOST:PORT"),
            ('[fetch]\nproxy = "http://a:b@proxy:3128"\n', 2, "write env:NAME"),
            ("[fetch]\nper_host = 0\n", 2, "fetch.per_host"),
            ('server.port = "x"\n', 1, "server.port"),
            ('[[sources]]\nname = "a"\n', 1, "sources.0.kind"),
            ('[[sources]]\nname = "a"\nkind = "feeed"\n', 3, "did you mean 'feed'"),
            ('[[sources]]\nname = "a"\nkind = "feed"\nurl = 5\n', 4, "'url'"),
            ('[[sources]]\nname = "a"\nkind = "feed"\n', 2, ""),
            (f'[[sources]]\nname = "A b"\n{FEED}', 2, "source name 'A b'"),
            (f'[[sources]]\nname = "a"\n{FEED}warn_after = "2h"\nerror_after = "1h"\n', 5, "warn"),
            (f'[[sources]]\nname = "a"\n{FEED}schedule = "every 1m"\njitter = "2m"\n', 6, "jitter"),
            (f'[[sources]]\nname = "a"\n{FEED}jitter = "2m"\n', 5, "jitter"),
            (f'[[sources]]\nname = "a"\n{FEED}half_life = "never"\n', 5, 'or "timeless"'),
            (f'[[sources]]\nname = "a"\n{FEED}half_life = 2\n', 5, 'or "timeless"'),
            ("[ranking]\nrecency = 1.5\n", 2, "ranking.recency"),
            (f'[[sources]]\nname = "a"\n{FEED}colour = "red"\n', 5, "unknown option 'colour'"),
        ],
    )
    def test_wrong_setting_is_named_with_its_line(
        self, file: Path, text: str, line: int, expected: str
    ) -> None:
        message = refused(file, text)

        if expected:
            assert message.startswith(f"{file}:{line}: ")
        assert expected in message

    def test_bad_schedule_of_the_second_source_is_found_there(self, file: Path) -> None:
        message = refused(
            file,
            f'[[sources]]\nname = "a"\n{FEED}schedule = "every 5m"\n\n'
            f'[[sources]]\nname = "b"\n{FEED}schedule = "hourly"\n',
        )

        assert message.startswith(f"{file}:11: sources.1.schedule: schedule 'hourly': expected")

    def test_name_used_twice_is_found_at_its_second_use(self, file: Path) -> None:
        message = refused(file, f'[[sources]]\nname = "a"\n{FEED}[[sources]]\nname = "a"\n{FEED}')

        assert message == f"{file}:6: sources.1.name: source name used twice: a"

    def test_option_within_an_option_is_found(self, file: Path) -> None:
        message = refused(
            file,
            '[[sources]]\nname = "rates"\nkind = "csv"\nurl = "https://e.org/x.csv"\n'
            'time = "Date"\n[[sources.values]]\ncolumn = "USD"\nkey = "USD"\n'
            'title = "Dollar"\n[[sources.values]]\nkey = "GBP"\ncolumn = 5\ntitle = "Pound"\n',
        )

        assert message.startswith(f"{file}:12: sources.0.values.1.column: ")

    def test_every_fault_is_told_at_once(self, file: Path) -> None:
        message = refused(file, '[server]\nport = "x"\n[index]\ndevice = "tpu"\n')

        assert [line.split(": ")[0] for line in message.splitlines()] == [f"{file}:4", f"{file}:2"]

    def test_wrong_variable_is_named_instead_of_a_line(
        self, file: Path, environment: pytest.MonkeyPatch
    ) -> None:
        environment.setenv("GROUNDING_SERVER__PORT", "http")

        assert refused(file, "[server]\nport = 80\n").startswith("GROUNDING_SERVER__PORT: ")

    def test_section_variable_that_is_no_json_is_named(
        self, file: Path, environment: pytest.MonkeyPatch
    ) -> None:
        environment.setenv("GROUNDING_SERVER", "tcp://10.0.0.1:80")

        assert "server" in refused(file, "")

    @pytest.mark.parametrize("text", ["[server\nport = 3\n", "port = = 3", "a = 1\na = 2\n"])
    def test_what_is_no_toml_is_told_with_its_line(self, file: Path, text: str) -> None:
        message = refused(file, text)

        assert message.startswith(f"{file}: not TOML: ")
        assert "line" in message

    def test_missing_file_is_told_with_what_to_do(self, file: Path) -> None:
        with pytest.raises(InvalidSettings, match=r"grounding\.toml: No such file.*grounding init"):
            load(file)

    def test_file_that_is_no_text_is_refused(self, file: Path) -> None:
        file.write_bytes(b"\xff\xfe\x00")

        with pytest.raises(InvalidSettings, match="not UTF-8 text"):
            load(file)

    def test_values_are_never_printed(self, file: Path) -> None:
        message = refused(
            file,
            '[server]\napi_key = ["hunter2"]\n[[sources]]\nname = "a"\nkind = "feed"\n'
            'url = "https://e.org"\nheaders = ["hunter2"]\n',
        )

        assert "hunter2" not in message


class TestApiKey:
    def key(self, value: str | None) -> str | None:
        return api_key(Settings.model_validate({"server": {"api_key": value}}))

    def test_key_is_none_as_written_or_where_it_says(
        self, tmp_path: Path, environment: pytest.MonkeyPatch
    ) -> None:
        environment.setenv("MY_KEY", "from variable")
        (tmp_path / "key").write_text("from file\n")

        assert self.key(None) is None
        assert self.key("literal") == "literal"
        assert self.key("env:MY_KEY") == "from variable"
        assert self.key(f"file:{tmp_path / 'key'}") == "from file"

    def test_reference_that_leads_nowhere_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("\n")

        for value, expected in [
            ("env:NO_SUCH_KEY", "NO_SUCH_KEY"),
            (f"file:{tmp_path / 'nowhere'}", "nowhere"),
            (f"file:{tmp_path / 'empty'}", "empty"),
            (f"file:{tmp_path}", "secret"),
        ]:
            with pytest.raises(InvalidSettings, match=f"server.api_key.*{expected}"):
                self.key(value)


class TestPublicUrl:
    @pytest.mark.parametrize(
        "url", ["https://g.example", "https://g.example/", "http://g.example:8080/below/"]
    )
    def test_slash_at_its_end_is_taken_off(self, file: Path, url: str) -> None:
        file.write_text(f'[server]\npublic_url = "{url}"\n')

        assert load(file).server.public_url == url.rstrip("/")

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "g.example",
            "ftp://g.example",
            "https://",
            "https:///below",
            "https://user:word@g.example",
            "https://g.example/?a=b",
            "https://g.example/#top",
            "https://g example",
            "https://[g/",
            "https://g.example:port",
        ],
    )
    def test_what_nobody_can_reach_is_refused(self, file: Path, url: str) -> None:
        told = refused(file, f'[server]\npublic_url = "{url}"\n')

        assert "grounding.toml:2: server.public_url: expected https://HOST" in told
