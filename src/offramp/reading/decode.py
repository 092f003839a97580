"""From bytes to text: what was declared, else UTF-8, else detection, and no guess that is not said.

Order: a byte order mark, the charset of the HTTP answer, the declaration inside the document (HTML `meta`, XML
declaration), strict UTF-8, then charset-normalizer on part of the bytes. Anything but plain UTF-8 gives a warning that
names the encoding and how it was found. Bytes that are no text (PDF, archives, pictures, NULs) are refused by name.
Newlines are normalised (CRLF and CR become LF) and a leading byte order mark goes; nothing else is changed, so offsets
count characters of exactly the text that comes back.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from offramp.errors import InputError

MAX_BYTES = 5_000_000
_HEAD = 4096  # a declaration further in than this is no declaration (the HTML standard says 1024)
_SAMPLE = 60_000

# What a label on the web means, by the names Python has for it (WHATWG Encoding Standard, labels folded by
# codecs.lookup). Codecs outside this list (utf_7, idna, unicode_escape, ...) are never used on a stranger's word.
_WEB = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
} | {
    name: name
    for name in (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp1250", "cp1251"),
        *("cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "cp866", "iso8859-2"),
        *("iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-10"),
        *("iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "koi8-r", "koi8-u", "mac-roman"),
        *("mac-cyrillic", "gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932", "cp949"),
    )
}
_DETECT = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "koi8_r", "koi8_u", "cp866", "mac_cyrillic"),
    *("gb18030", "big5hkscs", "euc_jp", "cp932", "cp949"),
]
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"%PDF", "a PDF", "save it as text"),
    (b"PK\x03\x04", "a zip archive (or a Word, OpenDocument or EPUB file)", "save the document as text or HTML"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Office file", "save it as text"),
    (b"{\\rtf", "an RTF document", "save it as text"),
    (b"\x89PNG", "a picture (PNG)", "hand in the text"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "hand in the text"),
    (b"GIF8", "a picture (GIF)", "hand in the text"),
    (b"RIFF", "a picture, sound or film (RIFF)", "hand in the text"),
    (b"II*\x00", "a picture (TIFF)", "hand in the text"),
    (b"MM\x00*", "a picture (TIFF)", "hand in the text"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7-zip archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"\x7fELF", "a program", "hand in a text file"),
    (b"MZ\x90", "a program", "hand in a text file"),
    (b"SQLite format 3", "an SQLite database", "hand in a text file"),
    (b"%!PS", "a PostScript file", "save it as text"),
    (b"OggS", "a sound file (Ogg)", "hand in a transcript"),
    (b"ID3", "a sound file (MP3)", "hand in a transcript"),
    (b"PAR1", "a Parquet file", "hand in a text file"),
)
_XML = re.compile(rb"^\s{0,64}<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_META = re.compile(rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ODD = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


class Decoded(NamedTuple):
    """Text, the encoding that gave it, and what the reader should be told about that."""

    text: str
    encoding: str
    warnings: list[str]


def decode(data: bytes, name: str, *, charset: str | None = None, markup: bool | None = None) -> Decoded:
    """Decode a report.

    Args:
        data: The bytes as handed in, at most `MAX_BYTES`.
        name: How the user named the report, for messages.
        charset: The charset that an HTTP answer declared, if any.
        markup: Whether to look for a declaration inside the document; None looks when a tag stands in the head.

    Raises:
        InputError: Empty, too long, not text, or in no encoding that can be told.
    """
    if len(data) > MAX_BYTES:
        raise too_long(name)
    if not data.strip(b" \t\r\n\x0b\x0c\x00\xef\xbb\xbf\xfe\xff"):
        raise InputError(f"{name}: the report is empty. Hand in a text, Markdown or HTML file with the article in it.")
    _refuse_known_binary(data, name)
    warnings: list[str] = []
    found = _declared(data, name, charset, markup, warnings) or _undeclared(data, name, warnings)
    text, encoding = found
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise InputError(f"{name}: the report is empty. Hand in a text, Markdown or HTML file with the article in it.")
    odd = len(_ODD.findall(text))
    if odd > max(8, len(text) // 50):
        raise InputError(
            f"{name}: this is not text ({odd} control characters among {len(text)}, read as {encoding}). "
            "Hand in a text, Markdown or HTML file."
        )
    return Decoded(text, encoding, warnings)


def too_long(name: str, size: int | None = None) -> InputError:
    """The error for a report over the limit; `size` in bytes where it is known."""
    has = f"has {size:,} bytes" if size is not None else "is longer than that"
    return InputError(
        f"{name}: a report may have at most {MAX_BYTES:,} bytes (5 MB); this one {has}. "
        "Cut it down to the article, or split it into several reports."
    )


def _refuse_known_binary(data: bytes, name: str) -> None:
    head = data[:1024].lstrip(b" \t\r\n")
    for magic, what, advice in _MAGIC:
        # Short marks can open honest text ('BZh', 'ID3', 'RIFF'): they count only where bytes that no text has follow.
        if head.startswith(magic) and (len(magic) > 4 or magic[:1] in b"%{" or _has_binary(data[:4096])):
            raise InputError(f"{name}: this is {what}; {advice} and hand that in.")
    if data[4:8] == b"ftyp" and _has_binary(data[:64]):
        raise InputError(f"{name}: this is a film or picture (MP4 family); hand in a transcript.")
    if re.match(rb"From: <Saved by |MIME-Version: 1\.0\r?\nContent-Type: multipart/related", head):
        raise InputError(f"{name}: this is a web archive (MHTML); save the page as HTML or text and hand that in.")


def _has_binary(head: bytes) -> bool:
    return bool(re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]|[\x80-\xff]", head))


def lookup(label: str) -> str | None:
    """The codec a declared label stands for on the web, or None where it stands for none."""
    try:
        canonical = codecs.lookup(label.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return None
    return _WEB.get(canonical)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, ValueError):
        if encoding == "cp1252" and not _has_control(data):
            return data.decode("latin-1")  # five bytes that cp1252 leaves open are C1 controls on the web
        return None


def _has_control(data: bytes) -> bool:
    return bool(re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", data))


def _declared(
    data: bytes, name: str, charset: str | None, markup: bool | None, warnings: list[str]
) -> tuple[str, str] | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = _strict(data[len(mark) :], encoding)
            if text is None:
                raise InputError(
                    f"{name}: starts with the byte order mark of {encoding} but cannot be decoded as that. "
                    "Save it again as UTF-8."
                )
            if encoding != "utf-8":
                warnings.append(f"{name}: decoded as {encoding}, declared by its byte order mark.")
            return text, encoding
    labels = [(charset, "the HTTP answer")] if charset else []
    head = data[:_HEAD]
    if markup is not False:
        labels += [
            (match.group(1).decode("ascii"), "the document itself")
            for match in (_XML.search(head), _META.search(head))
            if match
        ]
    for label, where in labels:
        codec = lookup(label)
        if codec is None:
            warnings.append(f"{name}: the encoding '{label}' declared by {where} is not known and was ignored.")
            continue
        if where == "the document itself" and codec.startswith(("utf-16", "utf-32")):
            codec = "utf-8"  # the declaration was read as ASCII, so it cannot be UTF-16 (HTML standard)
        if codec == "cp1252" and re.search(rb"[\x80-\xff]", data) and _strict(data, "utf-8") is not None:
            warnings.append(f"{name}: declared as '{label}' by {where}, but the bytes are UTF-8 and were read as that.")
            return data.decode("utf-8"), "utf-8"
        text = _strict(data, codec)
        if text is not None:
            if codec != "utf-8" and not data.isascii():
                warnings.append(f"{name}: decoded as {codec}, declared by {where} as '{label}'.")
            return text, "utf-8" if codec == "cp1252" and data.isascii() else codec
        warnings.append(f"{name}: declared as '{label}' by {where}, but it cannot be decoded as that.")
    return None


def _undeclared(data: bytes, name: str, warnings: list[str]) -> tuple[str, str]:
    wide = _utf16_without_mark(data)
    if wide is not None:
        warnings.append(f"{name}: decoded as {wide[1]}, which was detected, not declared.")
        return wide
    if b"\x00" in data:
        raise InputError(f"{name}: this is a binary file (it holds NUL bytes). Hand in a text, Markdown or HTML file.")
    text = _strict(data, "utf-8")
    if text is not None:
        return text, "utf-8"
    if len(re.findall(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]", data)) > max(2, len(data) // 200):
        raise InputError(
            f"{name}: this is a binary file, or text in no known encoding. Save it as UTF-8 text and hand that in."
        )
    detected = _detect(data)
    if detected is None:
        raise InputError(
            f"{name}: the encoding can be neither read off nor detected. Save it as UTF-8 text and hand that in."
        )
    warnings.append(f"{name}: decoded as {detected[1]}, which was detected, not declared; odd letters may be wrong.")
    return detected


def _utf16_without_mark(data: bytes) -> tuple[str, str] | None:
    head = data[:2000]
    if len(head) < 4 or b"\x00" not in head:
        return None
    even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
    encoding = "utf-16-le" if odd > 0.4 and even < 0.05 else "utf-16-be" if even > 0.4 and odd < 0.05 else None
    if encoding is None:
        return None
    text = _strict(data, encoding)
    return None if text is None or _CONTROL.search(text) else (text, encoding)


def _detect(data: bytes) -> tuple[str, str] | None:
    """The likeliest encoding of bytes that are no UTF-8, told from their head; the whole must decode in it."""
    from charset_normalizer import from_bytes

    first = max(0, next(i for i, byte in enumerate(data) if byte > 127) - _SAMPLE // 2)
    sample = data[first : first + _SAMPLE]
    matches = from_bytes(sample, cp_isolation=_DETECT, enable_fallback=False, preemptive_behaviour=False)
    names = [lookup(encoding) for match in matches for encoding in match.could_be_from_charset]
    ranked = [name for name in names if name is not None]
    best = matches.best()
    # Where the Western encoding raises no more doubts than the best one, it is the likelier: it is far the most common.
    western = [match for match in matches if "cp1252" in match.could_be_from_charset]
    if best and western and western[0].chaos <= best.chaos and western[0].coherence >= best.coherence:
        ranked.insert(0, "cp1252")
    for encoding in dict.fromkeys(ranked):
        text = _strict(data, encoding)
        if text is not None and not _CONTROL.search(text):
            return text, encoding
    return None
