//! The data segment: its fields, and the form in which it may be stored (without the password).

use crate::words::{Words, quoted};

/// A key for the digest that replaces a password; the city has one, in its key file.
#[derive(Clone)]
pub struct DigestKey(pub [u8; 32]);

impl std::fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestKey(..)")
    }
}

/// A password as a device sent it. It is never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// The flag byte: version in the upper six bits, then "has packet numbers", then "wants an answer".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag(pub u8);

impl Flag {
    /// Version number: 0 is 2005, 1 is 2017, 2 is 2025. Devices of 2017 that send 2 are in use, so nothing is
    /// parsed differently by it.
    pub fn version(self) -> u8 {
        self.0 >> 2
    }

    /// Whether PNUM and PNO are expected.
    pub fn split(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether the device wants an answer.
    pub fn wants_answer(self) -> bool {
        self.0 & 1 != 0
    }
}

/// The fields of one data segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Request number, 17 digits of Beijing time; 2005 devices leave it out of uploads.
    pub qn: Option<String>,
    /// System type: 32 is a water source, 91 is the interaction itself.
    pub st: String,
    /// Command number.
    pub cn: u16,
    /// The password.
    pub pw: Password,
    /// The device's number, 1 to 64 printable characters.
    pub mn: String,
    /// The flag; 0 when the device sends none.
    pub flag: Flag,
    /// Count of packets and number of this one, when split.
    pub packet: Option<(u32, u32)>,
    /// What stands between `CP=&&` and the last `&&`.
    pub cp: String,
}

impl Segment {
    /// Reads the fields of a segment whose length and checksum were right.
    ///
    /// # Errors
    /// The reason in words when the text is no UTF-8, `CP=&&…&&` is missing, `MN` or `CN` is missing or malformed,
    /// or a number is no number.
    pub fn parse(bytes: &[u8]) -> Result<Self, Words> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Words::new("数据段不是 UTF-8 文字。", "The data segment is not UTF-8 text."))?;
        let (head, tail) = text.split_once("CP=&&").ok_or_else(|| missing("CP=&&"))?;
        let cp = tail.strip_suffix("&&").ok_or_else(|| missing("&&"))?;
        let mut fields = Fields::default();
        for field in head.split(';').filter(|field| !field.trim().is_empty()) {
            let (name, value) = field.split_once('=').ok_or_else(|| no_pair(field))?;
            fields.set(name.trim(), value.trim());
        }
        fields.into_segment(cp)
    }

    /// Whether a `9014` or another answer is wanted and can be addressed.
    pub fn wants_answer(&self) -> bool {
        self.flag.wants_answer()
    }
}

#[derive(Default)]
struct Fields<'a> {
    qn: Option<&'a str>,
    st: &'a str,
    cn: Option<&'a str>,
    pw: &'a str,
    mn: Option<&'a str>,
    flag: Option<&'a str>,
    pnum: Option<&'a str>,
    pno: Option<&'a str>,
}

impl<'a> Fields<'a> {
    // A name that is not of the standard is passed over: later texts add fields, and an old reader must live.
    fn set(&mut self, name: &str, value: &'a str) {
        match name {
            "QN" => self.qn = Some(value).filter(|value| !value.is_empty()),
            "ST" => self.st = value,
            "CN" => self.cn = Some(value),
            "PW" => self.pw = value,
            "MN" => self.mn = Some(value),
            "Flag" | "FLAG" | "flag" => self.flag = Some(value),
            "PNUM" => self.pnum = Some(value),
            "PNO" => self.pno = Some(value),
            _ => {}
        }
    }

    fn into_segment(self, cp: &str) -> Result<Segment, Words> {
        let mn = self.mn.ok_or_else(|| missing("MN"))?;
        if mn.is_empty() || mn.len() > 64 || !mn.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed("MN", mn));
        }
        let cn_text = self.cn.ok_or_else(|| missing("CN"))?;
        let cn = cn_text.parse().map_err(|_| malformed("CN", cn_text))?;
        if let Some(qn) = self.qn.filter(|qn| qn.len() > 20 || !qn.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(malformed("QN", qn));
        }
        let flag = match self.flag {
            Some(text) => Flag(text.parse().map_err(|_| malformed("Flag", text))?),
            None => Flag(0),
        };
        Ok(Segment {
            qn: self.qn.map(str::to_owned),
            st: self.st.chars().take(8).collect(),
            cn,
            pw: Password(self.pw.to_owned()),
            mn: mn.to_owned(),
            flag,
            packet: packet(self.pnum, self.pno)?,
            cp: cp.to_owned(),
        })
    }
}

fn packet(pnum: Option<&str>, pno: Option<&str>) -> Result<Option<(u32, u32)>, Words> {
    let (Some(pnum), Some(pno)) = (pnum, pno) else { return Ok(None) };
    let count: u32 = pnum.parse().map_err(|_| malformed("PNUM", pnum))?;
    let number: u32 = pno.parse().map_err(|_| malformed("PNO", pno))?;
    if count <= 1 {
        return Ok(None);
    }
    if number == 0 || number > count {
        return Err(malformed("PNO", pno));
    }
    Ok(Some((count, number)))
}

fn missing(name: &str) -> Words {
    Words::new(format!("缺少字段 {name}。"), format!("The field {name} is missing."))
}

fn malformed(name: &str, value: &str) -> Words {
    let value = quoted(value, 32);
    Words::new(
        format!("字段 {name} 的值“{value}”不合规定。"),
        format!("The value \"{value}\" of the field {name} is malformed."),
    )
}

fn no_pair(field: &str) -> Words {
    let field = quoted(field, 32);
    Words::new(format!("“{field}”不是“名称=值”。"), format!("\"{field}\" is not name=value."))
}

/// The digest that stands for a password in everything stored: `blake3:` and 32 hex digits.
pub fn password_digest(password: &[u8], key: &DigestKey) -> String {
    let hex = blake3::keyed_hash(&key.0, password).to_hex();
    format!("blake3:{}", &hex.as_str()[..32])
}

/// The bytes with every value after `PW=` replaced by its keyed digest. It works on damaged frames too: a value
/// ends at `;`, `&`, a line end or the end of the bytes.
pub fn redact(bytes: &[u8], key: &DigestKey) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 40);
    let mut rest = bytes;
    while let Some(at) = rest.windows(3).position(|window| window.eq_ignore_ascii_case(b"PW=")) {
        let (before, after) = rest.split_at(at + 3);
        let end =
            after.iter().position(|byte| matches!(byte, b';' | b'&' | b'\r' | b'\n')).unwrap_or(after.len());
        out.extend_from_slice(before);
        out.extend_from_slice(password_digest(&after[..end], key).as_bytes());
        rest = &after[end..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    const KEY: DigestKey = DigestKey([7; 32]);
    const SIX: &str = "QN=20260706204218000;ST=32;CN=2011;PW=123456;MN=360681000000000000000101;Flag=5;CP=&&DataTime=20260706204200;w01018-Rtd=82.4&&";

    #[test]
    fn fields_of_a_reading() {
        let segment = Segment::parse(SIX.as_bytes()).unwrap();
        assert_eq!(segment.qn.as_deref(), Some("20260706204218000"));
        assert_eq!((segment.st.as_str(), segment.cn), ("32", 2011));
        assert_eq!(segment.pw.0, "123456");
        assert_eq!(segment.mn, "360681000000000000000101");
        assert_eq!((segment.flag.version(), segment.flag.split(), segment.wants_answer()), (1, false, true));
        assert_eq!(segment.packet, None);
        assert_eq!(segment.cp, "DataTime=20260706204200;w01018-Rtd=82.4");
    }

    #[test]
    fn packets_are_read_and_bounded() {
        let text = |pnum: &str, pno: &str| format!("CN=2061;MN=a;Flag=7;PNUM={pnum};PNO={pno};CP=&&&&");
        assert_eq!(Segment::parse(text("2", "1").as_bytes()).unwrap().packet, Some((2, 1)));
        assert_eq!(Segment::parse(text("1", "1").as_bytes()).unwrap().packet, None);
        assert_eq!(Segment::parse(text("0", "0").as_bytes()).unwrap().packet, None);
        assert!(Segment::parse(text("2", "3").as_bytes()).unwrap_err().zh.contains("PNO"));
        assert!(Segment::parse(text("x", "3").as_bytes()).unwrap_err().zh.contains("PNUM"));
    }

    #[test]
    fn versions_2005_2017_2025_and_none_are_tolerated() {
        for (flag, version) in [("Flag=1;", 0), ("Flag=5;", 1), ("Flag=9;", 2), ("", 0)] {
            let text = format!("ST=32;CN=2011;PW=;MN=A110000_0001;{flag}CP=&&&&");
            let segment = Segment::parse(text.as_bytes()).unwrap();
            assert_eq!(segment.flag.version(), version);
            assert_eq!(segment.mn, "A110000_0001");
            assert_eq!(segment.qn, None);
        }
    }

    #[test]
    fn faults_name_the_field() {
        for (text, word) in [
            ("CN=2011;CP=&&&&", "MN"),
            ("MN=a;CP=&&&&", "CN"),
            ("MN=a;CN=20x1;CP=&&&&", "20x1"),
            ("MN=a;CN=2011", "CP=&&"),
            ("MN=a;CN=2011;CP=&&x", "&&"),
            ("MN=a;CN=2011;Flag=300;CP=&&&&", "Flag"),
            ("MN=a b;CN=2011;CP=&&&&", "MN"),
            ("MN=a;CN=2011;QN=2026x;CP=&&&&", "QN"),
            ("MN=a;oops;CN=1;CP=&&&&", "oops"),
        ] {
            let words = Segment::parse(text.as_bytes()).unwrap_err();
            assert!(words.zh.contains(word), "{text}: {}", words.zh);
            assert!(words.en.contains(word), "{text}: {}", words.en);
        }
        assert!(Segment::parse(b"\xFF\xFE").unwrap_err().zh.contains("UTF-8"));
    }

    #[test]
    fn the_password_is_replaced_and_the_rest_is_kept() {
        let stored = String::from_utf8(redact(SIX.as_bytes(), &KEY)).unwrap();
        assert!(!stored.contains("PW=123456"));
        assert!(stored.contains(&format!("PW={};MN=", password_digest(b"123456", &KEY))));
        assert_eq!(stored.replace(&password_digest(b"123456", &KEY), "123456"), SIX);
        let other = redact(SIX.as_bytes(), &DigestKey([8; 32]));
        assert_ne!(stored.as_bytes(), other.as_slice());
    }

    #[test]
    fn a_cut_frame_loses_its_password_too() {
        for text in ["##0101QN=1;PW=secret", "PW=secret\r\nPW=secret;x", "pw=secret;"] {
            let stored = String::from_utf8(redact(text.as_bytes(), &KEY)).unwrap();
            assert!(!stored.contains("secret"), "{stored}");
        }
    }

    #[test]
    fn debug_output_does_not_show_the_password() {
        let segment = Segment::parse(SIX.as_bytes()).unwrap();
        assert!(!format!("{segment:?} {KEY:?}").contains("123456"));
    }

    #[test]
    fn any_bytes_do_no_harm() {
        for seed in 0..2000 {
            let mut seeded = Seeded(seed);
            let count = seeded.below(120);
            let bytes = seeded.from(b"QNSTCPWMFlag=;&&0123456789,-\xE4\xFF ", count);
            let _ = Segment::parse(&bytes);
            let _ = redact(&bytes, &KEY);
        }
    }
}
