"""The options a recipe declares, as a class that validates them like those of any kind."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)

from connectors.location import WebAddress
from connectors.protocol import Options

RESERVED = ("url", "base_url")
REFERENCES = ("env:", "file:")


class OptionSpec(BaseModel):
    """One option. Without `default` it must be given, unless `optional`.

    pattern: what the whole text, or every text of a list, must look like. width: digits that a
    shorter number is padded to with zeros. A `secret` is only ever a reference to one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str
    type: Literal["text", "integer", "number", "flag", "list", "secret"] = "text"
    default: str | int | float | bool | list[str] | None = None
    optional: bool = False
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    width: int | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_secret(self) -> bool:
        return self.type == "secret"

    @model_validator(mode="after")
    def _default_is_readable(self) -> Self:
        if self.default is not None and self.optional:
            raise ValueError("an option with a default is optional anyway")
        return self


class _Base(Options):
    """url: the exact address to read. base_url: another server that answers the same paths."""

    url: WebAddress | None = Field(default=None, description="the exact address to read instead")
    base_url: WebAddress | None = Field(
        default=None, description="where a mirror or proxy answers the same paths"
    )

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if self.url and self.base_url:
            raise ValueError("give at most one of url and base_url")
        return self


def options_class(
    kind: str, specs: Mapping[str, OptionSpec], *, check: Callable[[Options], Options]
) -> type[Options]:
    """Make the class; `check` sees an instance whose every option is valid by itself."""
    taken = sorted(set(specs) & set(RESERVED))
    if taken:
        raise ValueError(f"options named {taken} are every recipe's own")
    fields: dict[str, Any] = {name: _field(spec) for name, spec in specs.items()}
    return create_model(
        f"{kind} options",
        __base__=_Base,
        __validators__={"_suits_the_engine": model_validator(mode="after")(check)},  # type: ignore[dict-item]
        **fields,
    )


def _field(spec: OptionSpec) -> tuple[object, object]:
    kind = _python_type(spec)
    about = Field(
        default=_default(spec),
        description=spec.description,
        json_schema_extra={"is_secret": True} if spec.is_secret else None,
    )
    return (kind | None if spec.optional else kind), about  # type: ignore[operator]


def _default(spec: OptionSpec) -> object:
    if isinstance(spec.default, list):
        return tuple(spec.default)
    return None if spec.optional else ... if spec.default is None else spec.default


def _python_type(spec: OptionSpec) -> object:
    text = _text_type(spec)
    match spec.type:
        case "flag":
            return bool
        case "integer" | "number":
            number = int if spec.type == "integer" else float
            return Annotated[number, Field(ge=spec.at_least, le=spec.at_most)]
        case "list":
            at_least = int(spec.at_least if spec.at_least is not None else 1)
            bounds = Field(
                min_length=at_least, max_length=None if spec.at_most is None else int(spec.at_most)
            )
            return Annotated[tuple[text, ...], BeforeValidator(_one_is_a_list), bounds]  # type: ignore[valid-type]
        case "secret":
            return Annotated[str, AfterValidator(_reference)]
        case _:
            return text


def _text_type(spec: OptionSpec) -> object:
    if spec.choices:
        return Literal[spec.choices]
    pattern = None if spec.pattern is None else f"^(?:{spec.pattern})$"
    width = spec.width or 0
    return Annotated[
        str,
        Field(min_length=1, max_length=500, pattern=pattern),
        AfterValidator(_plain_text),
        AfterValidator(lambda text: text.rjust(width, "0")),
    ]


def _one_is_a_list(given: object) -> object:
    return (given,) if isinstance(given, str) else given


def _plain_text(text: str) -> str:
    if text.startswith(REFERENCES):
        raise ValueError("expected a plain text: this option holds no secret")
    if not text.isprintable() or set(text) & set("{}"):
        raise ValueError("expected one line of text without braces")
    return text


def _reference(text: str) -> str:
    if not text.startswith(REFERENCES):
        raise ValueError("expected env:NAME or file:PATH, not the secret itself")
    return text
