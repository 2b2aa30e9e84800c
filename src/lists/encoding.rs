//! Hashes and digests in the encodings in which lists write them.
//!
//! Hexadecimal of either case everywhere; base64 of digests (and of perceptual hashes, as Thorn's perception writes them);
//! base32 of SHA-1, as Project Arachnid writes it. The lengths tell them apart.

use data_encoding::{BASE32, BASE64, BASE64_NOPAD, HEXLOWER_PERMISSIVE};

use super::Reason;
use crate::entry::{Digest, DigestKind};
use crate::hash::{HashBits, Profile};

/// The length of a PhotoDNA value.
const PHOTODNA_BYTES: usize = 144;

/// Reads a perceptual hash.
pub(super) fn hash<const N: usize>(text: &str, profile: Profile) -> Result<HashBits<N>, Reason> {
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if let Ok(hash) = text.parse() {
        return Ok(hash);
    }
    // Always padded: 8 and 32 are no multiples of 3.
    if text.ends_with('=')
        && text.len() == BASE64.encode_len(N)
        && let Ok(bytes) = BASE64.decode(text.as_bytes())
        && let Ok(bytes) = <[u8; N]>::try_from(bytes)
    {
        return Ok(HashBits::from_bytes(bytes));
    }
    Err(match text.chars().position(|char| !char.is_ascii_hexdigit()) {
        Some(at) => Reason::NotHex { character: at + 1 },
        None => Reason::Length { digits: text.len(), profile },
    })
}

/// Reads a digest; refuses placeholders and that of an empty file.
pub(super) fn digest(kind: DigestKind, text: &str) -> Result<Digest, Reason> {
    let digest = decode(kind, text).ok_or_else(|| Reason::Digest { kind, characters: text.chars().count() })?;
    if digest.is_of_nothing() {
        return Err(Reason::DigestOfNothing { kind });
    }
    match digest.as_bytes() {
        [first @ (0 | 0xff), rest @ ..] if rest.iter().all(|byte| byte == first) => Err(Reason::Placeholder { kind }),
        _ => Ok(digest),
    }
}

fn decode(kind: DigestKind, text: &str) -> Option<Digest> {
    if text.len() == 2 * kind.bytes() {
        return kind.parse(text).ok();
    }
    let bytes = if kind == DigestKind::Sha1 && text.len() == BASE32.encode_len(kind.bytes()) {
        BASE32.decode(text.to_ascii_uppercase().as_bytes())
    } else if text.len() == BASE64.encode_len(kind.bytes()) {
        BASE64.decode(text.as_bytes())
    } else if text.len() == BASE64_NOPAD.encode_len(kind.bytes()) {
        BASE64_NOPAD.decode(text.as_bytes())
    } else {
        return None;
    };
    Digest::from_bytes(kind, &bytes.ok()?)
}

/// Whether a text is a PhotoDNA value: 144 bytes in base64 or hexadecimal.
pub(super) fn is_photodna(text: &str) -> bool {
    let mut bytes = [0; PHOTODNA_BYTES];
    let decoded = match text.len() {
        192 => BASE64.decode_mut(text.as_bytes(), &mut bytes),
        288 => HEXLOWER_PERMISSIVE.decode_mut(text.as_bytes(), &mut bytes),
        _ => return false,
    };
    decoded == Ok(PHOTODNA_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};
    use data_encoding::HEXLOWER;

    #[test]
    fn digests_are_read_in_every_encoding() {
        for kind in DigestKind::ALL {
            let bytes: alloc::vec::Vec<u8> = (1..).map(|n: u8| n.wrapping_mul(37)).take(kind.bytes()).collect();
            let expected = Digest::from_bytes(kind, &bytes).unwrap();
            let hex = HEXLOWER.encode(&bytes);
            let (padded, bare) = (BASE64.encode(&bytes), BASE64_NOPAD.encode(&bytes));
            for text in [&hex, &hex.to_uppercase(), &padded, &bare] {
                assert_eq!(digest(kind, text), Ok(expected), "{text}");
            }
            for text in ["", &hex[1..], &padded[1..], "!", &"é".repeat(kind.bytes()), &"=".repeat(padded.len())] {
                let characters = text.chars().count();
                assert_eq!(digest(kind, text), Err(Reason::Digest { kind, characters }), "{text}");
            }
        }
    }

    #[test]
    fn sha1_is_read_in_base32() {
        let bytes: [u8; 20] = core::array::from_fn(|at| (at as u8 + 1).wrapping_mul(91));
        let text = BASE32.encode(&bytes);
        assert_eq!(digest(DigestKind::Sha1, &text), Ok(Digest::Sha1(bytes)));
        assert_eq!(digest(DigestKind::Sha1, &text.to_lowercase()), Ok(Digest::Sha1(bytes)));
        // 32 characters that are hexadecimal digits are an MD5 in the wrong place, as 0, 1, 8 and 9 tell.
        let md5 = "0123456789abcdef0123456789abcdef";
        let reason = Reason::Digest { kind: DigestKind::Sha1, characters: 32 };
        assert_eq!(digest(DigestKind::Sha1, md5), Err(reason));
    }

    #[test]
    fn digests_of_nothing_and_placeholders_are_refused() {
        let kind = DigestKind::Md5;
        assert_eq!(digest(kind, "D41D8CD98F00B204E9800998ECF8427E"), Err(Reason::DigestOfNothing { kind }));
        assert_eq!(digest(kind, "1B2M2Y8AsgTpgAmY7PhCfg=="), Err(Reason::DigestOfNothing { kind }));
        assert_eq!(digest(kind, &"0".repeat(32)), Err(Reason::Placeholder { kind }));
        assert_eq!(digest(kind, &"F".repeat(32)), Err(Reason::Placeholder { kind }));
        for (kind, nothing) in [
            (DigestKind::Sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (DigestKind::Sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ] {
            assert_eq!(digest(kind, nothing), Err(Reason::DigestOfNothing { kind }));
        }
    }

    #[test]
    fn hashes_are_read_in_base64_only_if_padded() {
        let bytes: [u8; 32] = core::array::from_fn(|at| at as u8);
        assert_eq!(hash(&BASE64.encode(&bytes), Profile::Pdq), Ok(HashBits::from_bytes(bytes)));
        let bytes = *b"a hash.!";
        assert_eq!(hash(&BASE64.encode(&bytes), Profile::Phash64), Ok(HashBits::from_bytes(bytes)));
        assert_eq!(hash::<8>("hello world!", Profile::Phash64), Err(Reason::NotHex { character: 1 }));
    }

    #[test]
    fn photodna_is_known_by_its_length_and_letters() {
        let base64 = BASE64.encode(&[7; PHOTODNA_BYTES]);
        let hex = HEXLOWER.encode(&[0xab; PHOTODNA_BYTES]);
        assert!(is_photodna(&base64) && is_photodna(&hex) && is_photodna(&hex.to_uppercase()));
        let spoilt: String = base64.replacen('B', "-", 1);
        for bad in ["", &base64[4..], &hex[2..], &spoilt, &hex.replacen('a', "g", 1).to_string()] {
            assert!(!is_photodna(bad), "{bad}");
        }
    }
}
