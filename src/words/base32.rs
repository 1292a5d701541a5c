//! Crockford base32, lower case: the letters of generated ids. `spec.md` section 2.
//!
//! The 32 symbols leave out `i`, `l`, `o` and `u`, so an id survives being read aloud.

/// The symbols, in the order of their values.
const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The value of each byte that is a symbol; of the others, a number that no symbol has.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut at = 0;
    while at < SYMBOLS.len() {
        values[SYMBOLS[at] as usize] = at as u8;
        at += 1;
    }
    values
};
const NONE: u8 = u8::MAX;

/// Writes the low `5 × chars` bits of `bits` as `chars` symbols, the most significant first.
///
/// Like a number in base 32 with leading zeros: `encode(1, 3)` is `001`.
pub fn encode(bits: u64, chars: usize) -> String {
    (0..chars).rev().map(|place| symbol(bits, place)).collect()
}

/// The same into bytes, one a symbol.
pub fn encode_into(bits: u64, out: &mut [u8]) {
    let chars = out.len();
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = symbol(bits, chars - 1 - at) as u8;
    }
}

/// Whether `text` consists of these symbols alone, and of one at least.
pub fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| VALUES[usize::from(b)] != NONE)
}

/// The number that a code stands for: what [`encode`] would write so. Of a longer code, its end.
pub fn decode(code: &str) -> Option<u64> {
    code.bytes().try_fold(0u64, |bits, symbol| {
        let value = VALUES[usize::from(symbol)];
        (value != NONE).then_some(bits << 5 | u64::from(value))
    })
}

/// A typed code as it is stored: lower case, `o` read as `0`, `i` and `l` as `1`.
pub fn normalise(typed: &str) -> String {
    typed
        .chars()
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect()
}

fn symbol(bits: u64, place: usize) -> char {
    let shift = u32::try_from(place.saturating_mul(5)).unwrap_or(u32::MAX);
    let value = bits.checked_shr(shift).unwrap_or(0) & 31;
    char::from(SYMBOLS[value as usize])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_become_symbols() {
        for (bits, chars, code) in [
            (0, 6, "000000"),
            (1, 3, "001"),
            (31, 1, "z"),
            (32, 2, "10"),
            (0b00001_00010_00011, 3, "123"),
            (u64::MAX, 13, "fzzzzzzzzzzzz"),
            (u64::MAX, 14, "0fzzzzzzzzzzzz"),
            (u64::MAX, 2, "zz"),
            (5, 0, ""),
        ] {
            assert_eq!(encode(bits, chars), code);
        }
    }

    #[test]
    fn typed_codes_are_forgiven() {
        assert_eq!(normalise("K7M2QX"), "k7m2qx");
        assert_eq!(normalise("oOiIlL"), "001111");
        assert_eq!(normalise("щ-7"), "щ-7");
        assert!(is_code("7h2k9m4qwe"));
        for not in ["", "K7m", "k7o", "k7l", "k7i", "k7u", "k7-", "к7м"] {
            assert!(!is_code(not), "{not}");
        }
    }

    proptest! {
        #[test]
        fn codes_keep_the_order_of_numbers(a: u64, b: u64) {
            prop_assert_eq!(encode(a, 13).cmp(&encode(b, 13)), a.cmp(&b));
            prop_assert!(is_code(&encode(a, 10)));
            prop_assert_eq!(decode(&encode(a, 13)), Some(a));
            prop_assert_eq!(normalise(&encode(a, 10)), encode(a, 10));
        }
    }
}
