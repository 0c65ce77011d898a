"""The XMP note of a picture: the IPTC fields by which catalogs and search engines know what a model has drawn.

It is not signed, and survives programs that drop content credentials. Source:
https://iptc.org/std/photometadata/specification/IPTC-PhotoMetadata (Digital Source Type, AI System Used).
"""

import struct
import zlib
from xml.sax.saxutils import escape

DRAWN = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""A part of somebody's own picture that was drawn anew."""

PNG_START = 33
"""Where the second chunk of a PNG begins: after its signature and its header, which are always as long."""

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" \
xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:dc="http://purl.org/dc/elements/1.1/">\
<xmp:CreatorTool>Aurora</xmp:CreatorTool>\
<Iptc4xmpExt:DigitalSourceType>{source}</Iptc4xmpExt:DigitalSourceType>\
<Iptc4xmpExt:AISystemUsed>{model}</Iptc4xmpExt:AISystemUsed>{description}\
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>"""


_DESCRIPTION = """<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></dc:description>"""


def packet(*, model: str, source: str = DRAWN, description: str = "") -> bytes:
    words = _DESCRIPTION.format(words=escape(description)) if description else ""
    return _PACKET.format(source=escape(source), model=escape(model), description=words).encode()


def in_png(png: bytes, xmp: bytes) -> bytes:
    """The PNG with the note as its second chunk; no pixel is written anew."""
    body = b"iTXt" + b"XML:com.adobe.xmp" + b"\0" * 5 + xmp
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:PNG_START] + chunk + png[PNG_START:]
