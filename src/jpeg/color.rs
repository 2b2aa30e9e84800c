//! What the components of a JPEG are: the rule of libjpeg, by which everybody looks at pictures.
//!
//! No rule is in the standard. libjpeg's (`default_decompress_parms` in `jdapimin.c`) trusts a JFIF marker over Adobe's, Adobe's
//! over the components' names, and these least. Screening and decoding both ask here, so that they look at the same picture.

/// The colour model of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColorModel {
    Gray,
    YCbCr,
    Rgb,
    /// Inks, stored inverted as Adobe does.
    Cmyk,
    /// As [`ColorModel::Cmyk`], the first three as YCbCr.
    Ycck,
}

/// The segments that tell of colours.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ColorMarkers {
    has_jfif: bool,
    /// The transform of the last Adobe marker.
    adobe: Option<u8>,
}

impl ColorMarkers {
    /// Bytes of a segment that are looked at: those of a JFIF marker without its thumbnail.
    pub(crate) const LENGTH: usize = 14;

    /// Takes note of a segment, given its first [`ColorMarkers::LENGTH`] bytes, or all if it has fewer.
    pub(crate) fn note(&mut self, marker: u8, start: &[u8]) {
        match (marker, start) {
            (0xe0, [b'J', b'F', b'I', b'F', 0, rest @ ..]) if rest.len() >= 9 => self.has_jfif = true,
            (0xee, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => self.adobe = Some(*transform),
            _ => {}
        }
    }

    /// Returns the model of a picture whose components have these names; none unless they are 1, 3 or 4.
    pub(crate) fn model(self, ids: &[u8]) -> Option<ColorModel> {
        Some(match (ids, self.adobe) {
            ([_], _) => ColorModel::Gray,
            ([_, _, _], Some(0)) if !self.has_jfif => ColorModel::Rgb,
            ([b'R', b'G', b'B'], None) if !self.has_jfif => ColorModel::Rgb,
            ([_, _, _], _) => ColorModel::YCbCr,
            ([_, _, _, _], None | Some(0)) => ColorModel::Cmyk,
            ([_, _, _, _], Some(_)) => ColorModel::Ycck,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JFIF: &[u8] = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

    fn model(segments: &[(u8, &[u8])], ids: &[u8]) -> Option<ColorModel> {
        let mut markers = ColorMarkers::default();
        segments.iter().for_each(|(marker, start)| markers.note(*marker, start));
        markers.model(ids)
    }

    fn adobe(transform: u8) -> [u8; 12] {
        [b'A', b'd', b'o', b'b', b'e', 0, 100, 0, 0, 0, 0, transform]
    }

    #[test]
    fn jfif_is_trusted_over_adobe_and_adobe_over_names() {
        assert_eq!(model(&[(0xe0, JFIF), (0xee, &adobe(0))], b"RGB"), Some(ColorModel::YCbCr));
        assert_eq!(model(&[(0xee, &adobe(0))], &[1, 2, 3]), Some(ColorModel::Rgb));
        assert_eq!(model(&[(0xee, &adobe(5))], b"RGB"), Some(ColorModel::YCbCr));
        assert_eq!(model(&[], b"RGB"), Some(ColorModel::Rgb));
        assert_eq!(model(&[], &[0, 1, 2]), Some(ColorModel::YCbCr));
        assert_eq!(model(&[(0xe0, JFIF)], &[1, 2, 3, 4]), Some(ColorModel::Cmyk));
        assert_eq!(model(&[(0xee, &adobe(1))], &[1, 2, 3, 4]), Some(ColorModel::Ycck));
        assert_eq!(model(&[], &[1, 2]), None);
    }

    #[test]
    fn a_short_segment_tells_nothing_and_the_last_adobe_marker_counts() {
        assert_eq!(model(&[(0xe0, &JFIF[..13])], b"RGB"), Some(ColorModel::Rgb));
        assert_eq!(model(&[(0xee, &adobe(0)[..11])], &[1, 2, 3]), Some(ColorModel::YCbCr));
        assert_eq!(model(&[(0xee, &adobe(0)), (0xee, &adobe(1))], b"RGB"), Some(ColorModel::YCbCr));
    }
}
