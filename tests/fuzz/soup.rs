//! What becomes of seeds. The numbers behind it are fixed: the same name brings the same soup.

/// What the formats live on, and what programs stumble over.
const SPICES: &[&str] = &[
    "\0",
    "\n",
    "\r\n",
    "\t",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "\\u0000",
    "\\uD800",
    "=",
    "[",
    "]",
    "{",
    "}",
    "[[",
    "{ key = ",
    ",",
    ";",
    "#",
    "-",
    "–",
    "..",
    "/",
    "../",
    "\u{feff}",
    "\u{202e}",
    "\u{1b}[31m",
    "é",
    "e\u{301}",
    "ё",
    "№",
    "\u{a0}",
    "\u{200b}",
    "😀",
    "NaN",
    "-1",
    "0",
    "1e400",
    "9999999999999999999",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999+23:59",
    "2026-10-25T02:30:00+03:00",
    "2026-02-29",
    "31.2",
    "24:00",
    "99:99",
    "null",
    "true",
    "[]",
    "{}",
    "history = [",
    "conflicts = [",
    "event = \"created\"",
    "event = \"set\"",
    "key = \"status\"",
    "from = \"created\"",
    "status = \"processed\"",
    "at = 2026-11-23T10:00:00.000+03:00",
    "<<<<<<< ours\n",
    "=======\n",
    ">>>>>>> theirs\n",
    "ср 9-12",
    "пн-пт 9-12",
    "завтра",
    "после 15",
    "весь день",
    "wed 9-12",
    "\"args\"",
    "--json",
    "--help",
    "--data",
    "-",
    "@",
    "%s",
    "$HOME",
];

/// A small generator of numbers (xorshift): it has to be the same everywhere, no more.
pub struct Soup {
    state: u64,
    seeds: Vec<Vec<u8>>,
}

impl Soup {
    pub fn new(seeds: &[Vec<u8>], name: &str) -> Soup {
        let state = name.bytes().fold(0x9e37_79b9_7f4a_7c15, |state: u64, byte| {
            state.rotate_left(5) ^ u64::from(byte).wrapping_mul(0x0100_0000_01b3)
        });
        Soup { state, seeds: seeds.to_vec() }
    }

    fn number(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % (below.max(1) as u64)).expect("it is below a usize")
    }

    /// A part of a text: mostly short.
    fn part(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.number(bytes.len() + 1);
        let most = if self.number(4) == 0 { bytes.len() } else { 24 };
        let end = start + self.number(most.min(bytes.len() - start) + 1);
        start..end
    }

    /// The next input.
    pub fn serve(&mut self) -> Vec<u8> {
        let at = self.number(self.seeds.len());
        let mut bytes = self.seeds[at].clone();
        for _ in 0..=self.number(6) {
            self.stir(&mut bytes);
        }
        bytes.truncate(400_000);
        bytes
    }

    fn stir(&mut self, bytes: &mut Vec<u8>) {
        let part = self.part(bytes);
        match self.number(9) {
            0 if !bytes.is_empty() => {
                let at = self.number(bytes.len());
                bytes[at] ^= 1 << self.number(8);
            }
            1 => drop(bytes.drain(part)),
            2 => {
                let copy = bytes[part.clone()].to_vec();
                let times = if self.number(20) == 0 { 2_000 } else { 1 + self.number(3) };
                let many = copy.repeat(times);
                bytes.splice(part.end..part.end, many);
            }
            3 => {
                let at = self.number(self.seeds.len());
                let other = self.seeds[at].clone();
                let piece = self.part(&other);
                bytes.splice(part, other[piece].iter().copied());
            }
            4 => self.swap_lines(bytes),
            5 => bytes.truncate(part.start),
            6 => {
                // A number becomes another one.
                let digits = bytes.iter().position(u8::is_ascii_digit).unwrap_or(part.start);
                let digit = b'0' + u8::try_from(self.number(10)).expect("a digit");
                if let Some(byte) = bytes.get_mut(digits) {
                    *byte = digit;
                }
            }
            _ => {
                let spice = SPICES[self.number(SPICES.len())];
                let times = if self.number(30) == 0 { 5_000 } else { 1 };
                bytes.splice(part, spice.repeat(times).into_bytes());
            }
        }
    }

    fn swap_lines(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> =
            bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let (one, other) = (self.number(lines.len()), self.number(lines.len()));
        lines.swap(one, other);
        *bytes = lines.join(&b'\n');
    }
}
