"""XML endpoints and files: JMESPath expressions over the document as plain data.

    element with text only ─▶ its text, null where it is empty
    any other element      ─▶ an object: attributes, child elements, and its own text as `text`

What is there twice becomes a list. A name with a prefix is written `prefix_name`, and the root
element is the object that expressions start from.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from lxml import etree
from pydantic import Field

from connectors.clock import Clock
from connectors.endpoints.mapped import Decoded, MappedOptions, mapped_batches, semantics_of
from connectors.errors import ItemFailed
from connectors.http.fetch import Fetcher
from connectors.location import Content, read_content
from connectors.records import Batch, Cursor, Semantics
from connectors.text.markup import decode
from connectors.text.markup_bounds import excess

DEEPEST = 100
MOST_MARKS = 500_000
"""Tags, opening and closing, attributes and references."""

Data = str | list["Data"] | dict[str, "Data"] | None


class XmlConnector:
    kind: ClassVar[str] = "xml"
    semantics: Semantics

    class Options(MappedOptions):
        """namespaces: prefixes of one's own for namespaces, whatever the document calls them."""

        namespaces: dict[str, str] = Field(default_factory=dict)

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del clock  # every time comes from the items
        self._options = options
        self._source = source
        self._fetcher = fetcher
        self.semantics = semantics_of(options)

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        content = read_content(self._options, cursor, source=self._source, fetcher=self._fetcher)
        if content.is_unmodified:
            yield content.unmodified()
            return
        prefixes = {uri: prefix for prefix, uri in self._options.namespaces.items()}
        yield from mapped_batches(
            content,
            self._options,
            source=self._source,
            decoded=lambda content: Decoded([_data(_root(content), prefixes, depth=1)]),
        )


def _root(content: Content) -> etree._Element:
    """Parse without entities, DTD or network, and refuse what is built to exhaust."""
    parser = etree.XMLParser(
        encoding="utf-8",  # whatever the document declares: it is text again by then
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    if too_much := excess(content.body, most_marks=MOST_MARKS):
        raise ItemFailed(too_much)
    body = decode(content.body, content.charset).lstrip().encode("utf-8", "replace")
    # What stood there in UTF-16 is counted as it will be parsed.
    if body != content.body and (too_much := excess(body, most_marks=MOST_MARKS)):
        raise ItemFailed(too_much)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ItemFailed(f"not XML: {error.msg}") from error
    dtd: Any = root.getroottree().docinfo.internalDTD  # whose entities the stubs do not know
    if dtd is not None and dtd.entities():
        raise ItemFailed("declares entities, which are not read")
    return root


def _data(element: etree._Element, prefixes: Mapping[str, str], *, depth: int) -> Data:
    if depth > DEEPEST:
        raise ItemFailed(f"nested deeper than {DEEPEST} elements")
    found: dict[str, list[Data]] = {}
    for name, value in element.attrib.items():
        found.setdefault(_attribute(str(name), element, prefixes), []).append(str(value))
    own_text = [element.text]
    for child in element:
        found.setdefault(_name(child, prefixes), []).append(_data(child, prefixes, depth=depth + 1))
        own_text.append(child.tail)
    text = " ".join(filter(None, ((each or "").strip() for each in own_text))) or None
    if not found:
        return text
    if text is not None:
        found.setdefault("text", []).append(text)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _name(element: etree._Element, prefixes: Mapping[str, str]) -> str:
    name = etree.QName(element)
    prefix = prefixes.get(name.namespace or "", element.prefix or "")
    return f"{prefix}_{name.localname}" if prefix else name.localname


def _attribute(tag: str, element: etree._Element, prefixes: Mapping[str, str]) -> str:
    name = etree.QName(tag)
    if name.namespace is None:
        return name.localname
    declared = {uri: prefix or "" for prefix, uri in element.nsmap.items()}
    prefix = prefixes.get(name.namespace, declared.get(name.namespace, "xml"))
    return f"{prefix}_{name.localname}" if prefix else name.localname
