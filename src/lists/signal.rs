//! What lists call the kinds of hashes.

use crate::entry::DigestKind;
use crate::hash::Profile;

/// What a list's word for a kind of hash means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// A perceptual hash of the profile asked for.
    Hash,
    /// A digest of a whole file. That a list calls it one of a video changes nothing: a digest names bytes.
    Digest(DigestKind),
    /// Kept, and not looked up.
    PhotoDna,
    /// A kind that is known, and not looked up.
    Other,
    /// A word that is not known.
    Unknown,
}

/// Names beside those of the profile.
const DIGESTS: [(DigestKind, &[&str]); 3] = [
    (DigestKind::Md5, &["md5", "video_md5", "image_md5", "HASH_MD5", "HASH_VIDEO_MD5", "VideoMD5", "ImageMD5"]),
    (DigestKind::Sha1, &["sha1", "sha-1", "sha_1", "video_sha1", "HASH_SHA1", "HASH_VIDEO_SHA1"]),
    (DigestKind::Sha256, &["sha256", "sha-256", "sha_256", "video_sha256", "HASH_SHA256", "HASH_VIDEO_SHA256"]),
];
const PHOTODNA: [&str; 4] = ["photodna", "pdna", "HASH_PHOTODNA", "PhotoDNA"];
/// The signal types of python-threatexchange, ThreatExchange, StopNCII and NCMEC that are none of the above.
const OTHERS: [&str; 31] = [
    "pdq",
    "HASH_PDQ",
    "ImagePDQ",
    "raw_text",
    "url",
    "url_md5",
    "trend_query",
    "vpdq",
    "pdq_ocr",
    "text_tlsh",
    "clip",
    "tmk_pdqf",
    "HASH_PDQ_OCR",
    "HASH_TEXT_TLSH",
    "HASH_URL_MD5",
    "HASH_TMK",
    "HASH_VPDQ",
    "TEXT_STRING",
    "URI",
    "RAW_URI",
    "TREND_QUERY",
    "DEBUG_STRING",
    "VideoTMK",
    "TMK",
    "TMK_PDQF",
    "Text",
    "netclean",
    "videntifier",
    "ssvh_pdna",
    "ssvh_safer_hash",
    "saferhashv0",
];

/// What the word means, of either case.
pub(super) fn named(word: &str, profile: Profile) -> Signal {
    let is = |name: &&str| word.eq_ignore_ascii_case(name);
    if is_hash(word, profile) {
        return Signal::Hash;
    }
    if let Some((kind, _)) = DIGESTS.iter().find(|(_, names)| names.iter().any(is)) {
        return Signal::Digest(*kind);
    }
    if PHOTODNA.iter().any(is) {
        return Signal::PhotoDna;
    }
    let other = OTHERS.iter().any(is) || Profile::all().any(|profile| is(&profile.name()));
    if other { Signal::Other } else { Signal::Unknown }
}

/// Whether a record of this kind is a hash of the profile: its name, or what other systems call it.
fn is_hash(word: &str, profile: Profile) -> bool {
    word.eq_ignore_ascii_case(profile.name())
        || (profile == Profile::Pdq
            && ["HASH_PDQ", "ImagePDQ", "pdq_hash"].iter().any(|name| word.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_system_are_known() {
        for (word, signal) in [
            ("PDQ", Signal::Hash),
            ("ImagePDQ", Signal::Hash),
            ("hash_pdq", Signal::Hash),
            ("video_md5", Signal::Digest(DigestKind::Md5)),
            ("HASH_SHA256", Signal::Digest(DigestKind::Sha256)),
            ("SHA-1", Signal::Digest(DigestKind::Sha1)),
            ("pdna", Signal::PhotoDna),
            ("vpdq", Signal::Other),
            ("phash", Signal::Other),
            ("url_md5", Signal::Other),
            ("hello", Signal::Unknown),
            ("", Signal::Unknown),
        ] {
            assert_eq!(named(word, Profile::Pdq), signal, "{word}");
        }
        assert_eq!(named("pdq", Profile::Phash64), Signal::Other);
        assert_eq!(named("phash", Profile::Phash64), Signal::Hash);
    }
}
