"""The contract that strangers' connectors pass, on kinds of ours that read one address."""

from connectors.testing import Answer, ConnectorContract, Site

ITEM = '<item id="{id}" on="2026-03-01T10:00:00Z"><t>{text}</t></item>'
QUAKE = (
    '{"features": [{"id": "us1", "geometry": {"coordinates": [1, 2, 3]}, "properties":'
    ' {"mag": %s, "magType": "mb", "place": "Here", "time": 1772355600000, "title": "Shaking",'
    ' "updated": 1772355600000, "url": "https://quakes.example/us1", "tsunami": 0}}]}'
)


class TestXml(ConnectorContract):
    kind = "xml"
    good = Answer(f"<list>{ITEM.format(id=1, text='First.')}</list>".encode())
    changed = Answer(f"<list>{ITEM.format(id=1, text='Second.')}</list>".encode())
    empty = Answer(b"<list/>")
    media_type = "application/xml"

    def options(self, site: Site) -> dict[str, object]:
        return {
            "url": site.url,
            "items": "to_array(item || `[]`)",
            "documents": {"key": "id", "text": "t", "published_at": "on"},
            "semantics": "snapshot",
        }


class TestMetar(ConnectorContract):
    kind = "metar"
    good = Answer(b"METAR KAAA 011151Z 32010KT 10SM FEW085 11/07 A2979")
    changed = Answer(b"METAR KAAA 011151Z COR 32010KT 10SM FEW085 12/07 A2979")
    empty = Answer(b"")
    media_type = "text/plain"

    def options(self, site: Site) -> dict[str, object]:
        return {"url": site.url, "stations": ["KAAA"]}


class TestRecipe(ConnectorContract):
    kind = "usgs-earthquakes"
    good = Answer(QUAKE.encode() % b"4.6")
    changed = Answer(QUAKE.encode() % b"4.7")
    empty = Answer(b'{"features": []}')
    media_type = "application/json"

    def options(self, site: Site) -> dict[str, object]:
        return {"base_url": site.url}
