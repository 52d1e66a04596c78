//! An article's picture, for a target that keeps pictures of its own: of a format that is told by its bytes, whatever its server says.

/// The largest that is fetched, in bytes.
pub(super) const MOST: usize = 10 * 1024 * 1024;

/// Of the files of each format.
pub(super) const ENDINGS: [&str; 4] =
    [Format::Jpeg.ending(), Format::Png.ending(), Format::Gif.ending(), Format::WebP.ending()];

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) bytes: Vec<u8>,
    pub(super) format: Format,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture").field("format", &self.format).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    Gif,
    WebP,
}

impl Picture {
    pub(super) fn of(bytes: Vec<u8>) -> Option<Self> {
        Format::of(&bytes).map(|format| Self { bytes, format })
    }
}

impl Format {
    /// No SVG: it can have scripts.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }

    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_none_whatever_it_is_called() {
        for bytes in [&b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..], b"<html>", b"", b"RIFF....WAVE", b"\x89PNG"]
        {
            assert_eq!(Format::of(bytes), None, "{bytes:?}");
        }
        assert_eq!(Format::of(b"\xff\xd8\xff\xe0"), Some(Format::Jpeg));
        assert_eq!(Format::of(b"\x89PNG\r\n\x1a\n.."), Some(Format::Png));
        assert_eq!(Format::of(b"RIFF....WEBPVP8 "), Some(Format::WebP));
    }
}
