"""Text of HTML by the standard library's parser: what titles are compared with, independently."""

from html.parser import HTMLParser


def plain_text(html: str) -> str:
    """Return the text of `html` without tags, scripts and character references."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


def without_space(text: str) -> str:
    """Return what is left to compare where white space may be anything."""
    return "".join(text.split())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in {"script", "style"}:
            self._within = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.parts.append(data)
