#!/usr/bin/env python3
"""Makes large lists to measure importers with: always the same bytes for the same arguments, and no real hash.

make.py vics BYTES FILE     Project VIC 1.3, media with the fields that public tools write; categories in the shares of VIC 2020-09
make.py cases BYTES FILE    Project VIC 2.0, the same media within one case
make.py csv ROWS FILE       id, pdq, md5, sha1, classification
"""

import base64
import hashlib
import sys

# Media by category: 4.55, 2.16, 5.94, 0.15, 0.007 million (sepinf-inc/IPED#221), in 12,807ths.
SHARES = [(4550, 0), (2160, 1), (5940, 2), (150, 3), (7, 4)]
HEADS = {
    "vics": '{"odata.metadata":"http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media","value":[\n',
    "cases": '{"@odata.context":"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases","value":[{"CaseID":"1","Media":[\n',
}
TAILS = {"vics": "]}\n", "cases": "]}]}\n"}


def digests(number):
    """64 bytes that depend on nothing but the number."""
    return hashlib.sha512(number.to_bytes(8, "little")).digest()


def category(seed):
    place = seed % sum(share for share, _ in SHARES)
    for share, name in SHARES:
        if place < share:
            return name
        place -= share
    raise AssertionError


def medium(number):
    seed = digests(number)
    md5, sha1 = seed[:16].hex().upper(), seed[16:36].hex().upper()
    photodna = base64.b64encode((seed * 3)[:144]).decode()
    day = 1 + number % 28
    # 8 of 13 million have PhotoDNA (sepinf-inc/IPED#298).
    alternative = f'{{"HashName":"PhotoDNA","HashValue":"{photodna}"}}' if seed[36] % 13 < 8 else ""
    return (
        f'{{"MediaID":{number},"Category":{category(int.from_bytes(seed[40:48], "little"))},"MD5":"{md5}","SHA1":"{sha1}",'
        f'"MediaSize":{20000 + number % 900000},"DateUpdated":"2020-09-{day:02}T12:00:00Z","MimeType":"image/jpeg",'
        f'"Series":"","Tags":"","Comments":"a remark, with \\"quotes\\" and {{brackets}}","VictimIdentified":"false",'
        f'"OffenderIdentified":false,"IsDistributed":"true","IsPrecategorized":true,"IsSuspected":false,'
        f'"RelativeFilePath":"media\\\\{md5[:2]}\\\\{md5}.jpg","AlternativeHashes":[{alternative}],'
        f'"MediaFiles":[{{"MD5":"{md5}","FileName":"IMG_{number:07}.jpg","FilePath":"c:\\\\users\\\\x\\\\pictures\\\\{number % 997}",'
        f'"Created":"2019-01-{day:02}T00:00:00Z","Unallocated":false}}],'
        f'"Exifs":[{{"MD5":"{md5}","PropertyName":"Model","PropertyValue":"CAM {number % 53}"}}]}}'
    )


def row(number):
    seed = digests(number)
    # A PDQ hash has as many ones as zeros.
    half = seed[:16]
    pdq = half.hex() + bytes(byte ^ 255 for byte in half).hex()
    return f"case-{number},{pdq},{seed[16:32].hex()},{seed[32:52].hex()},A{1 + number % 2}\n"


def main():
    form, amount, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    with open(path, "w", encoding="ascii", buffering=1 << 20) as out:
        if form == "csv":
            out.write("id,pdq,md5,sha1,classification\n")
            for number in range(amount):
                out.write(row(number))
            return
        size = out.write(HEADS[form])
        number = 0
        while size < amount:
            number += 1
            size += out.write((",\n" if number > 1 else "") + medium(number))
        out.write("\n" + TAILS[form])


if __name__ == "__main__":
    main()
