//! Index files: written whole or not at all, read with plain errors, mapped.

#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::std_instead_of_core, reason = "tests may panic")]

use std::fs;

use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, Index, Query, Source};
use tempfile::tempdir;

fn builder(hash: Bits256) -> Builder<32> {
    let mut builder = Builder::new(Profile::Pdq).unwrap();
    builder.add(hash, Source { list: "test", ..Source::default() }).unwrap();
    builder
}

fn holds<D: AsRef<[u8]>>(index: &Index<D>, hash: Bits256) -> bool {
    !index.hits(&Query::new(Profile::Pdq, &[hash]).radius(0)).unwrap().is_empty()
}

const ONES: Bits256 = Bits256::from_bytes([0xff; 32]);

#[test]
fn what_is_written_is_read_and_nothing_else_is_left() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("list.index");
    builder(Bits256::ZERO).write_to(&path).unwrap();
    assert!(holds(&Index::read(&path).unwrap(), Bits256::ZERO));
    builder(ONES).write_to(&path).unwrap(); // replaces
    let index = Index::read(&path).unwrap();
    assert!(holds(&index, ONES) && !holds(&index, Bits256::ZERO));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing_behind() {
    let folder = tempdir().unwrap();
    let occupied = folder.path().join("occupied");
    fs::create_dir_all(occupied.join("by a folder")).unwrap();
    let error = builder(ONES).write_to(&occupied).unwrap_err();
    assert!(error.io().is_some());
    assert_eq!(error.path(), occupied);
    assert!(error.to_string().starts_with(&format!("cannot write index {}: ", occupied.display())));
    assert!(builder(ONES).write_to(folder.path().join("no such folder/list.index")).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_not_an_index_file_is_refused_by_name() {
    let folder = tempdir().unwrap();
    let message = |path: &std::path::Path| {
        let error = Index::read(path).unwrap_err().to_string();
        error.replace(&path.display().to_string(), "FILE")
    };
    assert_eq!(message(folder.path()), "cannot read index FILE: not a regular file");
    assert!(message(&folder.path().join("none")).starts_with("cannot read index FILE: No such file"));
    let path = folder.path().join("empty");
    fs::write(&path, "").unwrap();
    assert_eq!(
        message(&path),
        "cannot read index FILE: truncated index: found 0 bytes, expected a header; copy the index again"
    );
    builder(ONES).write_to(&path).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, &bytes).unwrap();
    assert!(message(&path).contains("index of the wrong length"));
}

#[cfg(feature = "mmap")]
mod mapped {
    #![allow(unsafe_code, reason = "mapping is unsafe; the files are this test's own")]

    use super::*;
    use lookalike::mmap;

    #[test]
    fn a_mapped_index_answers_and_outlives_its_replacement() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("list.index");
        builder(Bits256::ZERO).write_to(&path).unwrap();
        // SAFETY: nobody but this test knows the file, and it is only ever replaced by renaming.
        let index = unsafe { mmap::map(&path) }.unwrap();
        builder(ONES).write_to(&path).unwrap();
        assert!(holds(&index, Bits256::ZERO) && !holds(&index, ONES));
    }

    #[test]
    fn an_index_mapped_without_checksums_is_not_read_before_it_is_asked() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("list.index");
        builder(Bits256::ZERO).write_to(&path).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        // the name of the list
        let name = bytes.windows(4).rposition(|window| window == b"test").unwrap();
        bytes[name] ^= 1;
        fs::write(&path, &bytes).unwrap();
        // SAFETY: nobody but this test knows the file, and it is not written to any more.
        let checked = unsafe { mmap::map(&path) };
        // SAFETY: as above.
        let unchecked = unsafe { mmap::map_without_checksums(&path) };
        assert!(checked.unwrap_err().to_string().contains("does not match its checksum"));
        let index = unchecked.unwrap();
        assert!(holds(&index, Bits256::ZERO) && index.verify().is_err());
    }

    #[test]
    fn what_cannot_be_mapped_is_refused_by_name() {
        let folder = tempdir().unwrap();
        let empty = folder.path().join("empty");
        fs::write(&empty, "").unwrap();
        for path in [folder.path(), &empty, &folder.path().join("none")] {
            // SAFETY: nobody but this test knows the files, and nobody writes to them.
            let error = unsafe { mmap::map(path) }.unwrap_err();
            assert!(error.to_string().starts_with(&format!("cannot map index {}: ", path.display())));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_sealed_index_is_not_disturbed_by_changes_of_its_file() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("list.index");
        builder(Bits256::ZERO).write_to(&path).unwrap();
        let index = mmap::seal(&path).unwrap();
        fs::write(&path, "overwritten in place, and shorter").unwrap();
        assert!(holds(&index, Bits256::ZERO));
        index.verify().unwrap();
        assert!(mmap::seal(&path).is_err());
        assert!(mmap::seal(folder.path()).unwrap_err().to_string().ends_with("not a regular file"));
    }
}
