//! The operator's file of keys.

use lookalike::store::manifest::Keys;

use crate::support::{signers, table};

#[test]
fn keys_files_are_refused_with_their_line() {
    let [a, b] = signers(["a", "b"]);
    let good = format!(
        "version = 1\n\n[[list]]\nname = \"hotline\"\nepoch = 2\nthreshold = 1\n{}\n[[list.former]]\nepoch = 1\nthreshold = 1\n{}\n",
        table(&[&a, &b]),
        table(&[&a])
    );
    Keys::parse(&good).unwrap();
    let mut renumbered = b.1.pk.to_bytes();
    renumbered[2..10].copy_from_slice(a.1.pk.keynum());
    let renumbered = minisign::PublicKey::from_bytes(&renumbered).unwrap().to_base64();
    let former = format!("threshold = 1\n{}", table(&[&a]));
    for (from, to, expected) in [
        ("version = 1", "version = 2", "line 1: unsupported version 2 (expected 1)"),
        ("version = 1", "", "line 1: missing field `version`"),
        ("name = \"hotline\"", "name = \" \"", "line 4: name is empty; write the list's name"),
        ("epoch = 2", "epoch = 0", "line 5: epoch is 0; the first is 1"),
        ("epoch = 2", "epoch = 1", "line 9: a former epoch is 1, and the list's own is 1; it must be less"),
        ("epoch = 2", "epoch = 2\nepoch = 2", "line 6: "),
        ("epoch = 2", "epochs = 2", "line 5: unknown field `epochs`"),
        (
            "threshold = 1",
            "threshold = 0",
            "line 6: threshold is 0; allowed are whole numbers from 1 to 2, the number of keys",
        ),
        ("threshold = 1", "threshold = 3", "line 6: threshold is 3"),
        ("threshold = 1", "threshold = \"1\"", "line 6: "),
        (
            "epoch = 2",
            "epoch = 2\non-stale = \"ask\"",
            "line 6: on-stale is \"ask\"; allowed are \"keep\" and \"refuse\"",
        ),
        ("key = \"RW", "key = \"RX", "line 7: not a public key of minisign"),
        ("key = \"RW", "key = \"", "line 7: not a public key of minisign"),
        ("name = \"b\"", "name = \"a\"", "line 7: \"a\" and \"a\" have the same number or name"),
        (&table(&[&a, &b]), "keys = []", "line 7: there are 0 keys; allowed are 1 to 32"),
        (
            &former,
            &former.replace(&a.1.pk.to_base64(), &renumbered),
            "line 9: two different keys of this list have one number",
        ),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        let error = Keys::parse(&text).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}; expected {expected}");
    }
    let twice = good.replacen("version = 1", "", 1);
    let error = Keys::parse(&format!("{good}{twice}")).unwrap_err();
    assert_eq!(error.to_string(), "line 15: the list \"hotline\" is there already; put both together");
    assert!(Keys::parse(&" ".repeat(Keys::MAX_BYTES + 1)).is_err());
}
