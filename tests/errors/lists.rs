//! Lists that cannot be read, records that cannot be taken, and arguments that name no list.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;

use lookalike::entry::Role;
use lookalike::hash::Profile;
use lookalike::lists::{Column, Format, ListError, ListSpec, Options, Record, read};

use crate::Messages;

const HASH: &str = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";

fn read_with(format: Format, list: &[u8], options: &Options) -> Result<(), ListError> {
    read::<32, _>(format, list, options, Profile::Pdq, &mut |_| ControlFlow::Continue(())).map(drop)
}

struct Pulled;

impl Read for Pulled {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the card was pulled out"))
    }
}

/// The words of all records that are not taken, without their numbers of lines: each once, with the first place.
fn records(m: &mut Messages) {
    let zeros = "0".repeat(64);
    let long = "x".repeat(2 << 20);
    let text = format!(
        "{HASH}0\n{HASH},49\n{HASH},101\n{HASH} more\n,100\nxy\n{zeros}\n{}\0\n{long}\n\
         md5 d41d8cd98f00b204e9800998ecf8427e\nmd5 00000000000000000000000000000000\nmd5 12\n",
        &HASH[1..]
    );
    let jsonl = format!(
        "{{\"hash\": \"{HASH}\"}}\n{{\"list\": \"a\"}}\n7\n{{\"hash\": 7}}\n{{\"hash\"\n{{\"hash\":\"{HASH}\",\"role\":\"x\"}}\n\
         {{\"hash\":\"{HASH}\",\"opinion\":\"x\"}}\n{{\"photodna\":\"12\",\"hash\":\"{HASH}\"}}\n"
    );
    let csv = format!(
        "id,hash,md5,sha1,sha256,quality,kind\n1,{HASH},12,,,\n2,,,12,,\n3,,,,12,\n4,{HASH},,,,high\n5,{HASH},,,,,video_md5\n\
         6,\"{HASH}"
    );
    let pytx = format!("signal_type,signal_str,category\npdq,{HASH},NEGATIVE_CLASS\nvideo_md5,12,POSITIVE_CLASS\n");
    let lists: &[(Format, &[u8])] = &[
        (Format::Text, text.as_bytes()),
        (Format::Text, b"pdq \xff\xfd\n"),
        (Format::Jsonl, jsonl.as_bytes()),
        (Format::Csv, csv.as_bytes()),
        (Format::Csv, pytx.as_bytes()),
        (Format::Vics, include_bytes!("../lists/vics_1.json")),
        (Format::Ncmec, include_bytes!("../lists/ncmec.xml")),
        (Format::Stopncii, include_bytes!("../lists/stopncii.json")),
        (Format::Hma, include_bytes!("../lists/hma.json")),
        (Format::Tat, include_bytes!("../lists/tat.json")),
        (Format::Threatexchange, include_bytes!("../lists/threatexchange.json")),
        (Format::Icse, include_bytes!("../lists/icse.csv")),
        (Format::Nsrl, include_bytes!("../lists/nsrl.txt")),
        (Format::Pytx, include_bytes!("../lists/pytx.csv")),
    ];
    let mut said = BTreeMap::new();
    for (format, list) in lists {
        let options = Options::new("L").now(1_795_586_400_000);
        read::<32, _>(*format, *list, &options, Profile::Pdq, &mut |record| {
            match record {
                Record::Quarantined(bad) => {
                    said.entry(bad.reason.to_string()).or_insert_with(|| format!("{format}, quarantined"));
                }
                Record::LeftOut { why, .. } => {
                    said.entry(why.to_string()).or_insert_with(|| format!("{format}, left out"));
                }
                _ => {}
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    }
    for (message, case) in said {
        m.say(&case, message);
    }
}

pub(crate) fn messages(m: &mut Messages) {
    m.section("a list that is not read");
    let options = Options::new("L");
    let read = |format, list: &str, options: &Options| read_with(format, list.as_bytes(), options);
    m.refused("format", "xml".parse::<Format>());
    let narrow = lookalike::lists::read::<8, _>(Format::Text, &b""[..], &options, Profile::Pdq, &mut |_| {
        ControlFlow::Continue(())
    });
    m.refused("width", narrow);
    let pulled = lookalike::lists::read::<32, _>(
        Format::Text,
        BufReader::new(HASH.as_bytes().chain(&b"\n"[..]).chain(Pulled)),
        &options,
        Profile::Pdq,
        &mut |_| ControlFlow::Continue(()),
    );
    m.refused("disk", pulled);
    let utf_16: Vec<u8> = HASH.encode_utf16().flat_map(u16::to_le_bytes).collect();
    m.refused("utf-16", read_with(Format::Text, &utf_16, &options));
    m.refused("csv without a header", read(Format::Csv, "", &options));
    m.refused("csv with a header that is no text", read_with(Format::Csv, b"\0x,hash\n", &options));
    m.refused("csv without a hash", read(Format::Csv, &format!("name,{HASH},,x\n"), &options));
    m.refused(
        "csv without that column",
        read(Format::Csv, "name,hash\n", &options.clone().column(Column::Id, "entry")),
    );
    m.refused("columns for another format", read(Format::Text, "", &options.clone().delimiter(b';')));
    m.refused("categories for another format", read(Format::Text, "", &options.clone().categories(&[1])));
    for format in Format::ALL {
        for (case, text) in [("{", "{"), ("[]", "[]"), ("a list that breaks off", "[{\"hash\": \"")] {
            if let Err(error) = read(format, text, &options) {
                m.say(&format!("{format}: {case}"), error);
            }
        }
    }
    m.refused("ncmec: broken off", read(Format::Ncmec, "<queryResult><images><image><id>1", &options));
    let allow = options.clone().role(Role::Allow);
    m.refused("nsrl: for abuse", read(Format::Nsrl, "SHA-1\n", &options.clone().role(Role::Abuse)));
    m.refused(
        "vics: for allowing",
        read(Format::Vics, "{\"value\":[{\"MediaID\":1}]}", &allow.clone().categories(&[1])),
    );
    m.refused(
        "jsonl: another role",
        read(Format::Jsonl, &format!("{{\"hash\":\"{HASH}\",\"role\":\"test\"}}\n"), &allow),
    );

    m.section("a record that is not taken");
    records(m);

    m.section("the argument that names a list");
    let parse = |argument: &str| ListSpec::parse(argument.as_ref());
    for argument in [
        "",
        "a.txt,b",
        "a.txt,colour=red",
        "a.txt,list=",
        "a.txt,role=x",
        "vics:a.json,categories=x",
        "csv:a.csv,delimiter=ab",
        "a.txt,minimum-quality=101",
        "text:a.txt,owner-column=x",
        "text:a.txt,hash-column=x",
    ] {
        m.refused(argument, parse(argument));
    }
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"a.txt,\xff=1");
    m.refused("not Unicode", ListSpec::parse(odd));
}
