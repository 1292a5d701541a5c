//! The hours of a day that «весь день», «после 15» and «до 12» mean: `hours = "08:00-20:00"`.

use std::fmt;

/// Opening hours, in minutes after midnight; `close` may be 1440, the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first minute.
    pub open: u16,
    /// The minute after the last.
    pub close: u16,
}

impl Hours {
    /// What a new store starts with.
    pub const DEFAULT: Hours = Hours { open: 8 * 60, close: 20 * 60 };

    /// What a person types: also `9-17`, `8:30 – 20`, with whatever dash.
    pub fn typed(text: &str) -> Option<Hours> {
        let (open, close) = text.split_once(['-', '–', '—'])?;
        let whole = |part: &str| {
            let (hour, minute) = part.trim().split_once([':', '.']).unwrap_or((part.trim(), "00"));
            let zero = if hour.len() == 1 { "0" } else { "" };
            format!("{zero}{hour}:{minute}")
        };
        Hours::parse(&format!("{}-{}", whole(open), whole(close)))
    }

    /// Reads `HH:MM-HH:MM`, the first before the second; `24:00` is the end of the day.
    pub fn parse(text: &str) -> Option<Hours> {
        let (open, close) = text.split_once('-')?;
        let hours = Hours { open: minutes(open)?, close: minutes(close)? };
        (hours.open < hours.close).then_some(hours)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hours { open, close } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", open / 60, open % 60, close / 60, close % 60)
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_written() {
        for text in ["08:00-20:00", "00:00-24:00", "09:30-13:05"] {
            assert_eq!(Hours::parse(text).unwrap().to_string(), text);
        }
        for text in ["8:00-20:00", "20:00-08:00", "08:00", "08:60-09:00", "00:00-24:01", "", "x-y"]
        {
            assert_eq!(Hours::parse(text), None, "{text}");
        }
        for text in ["9-17", "09:00–17:00", "9.00 — 17", " 9:00 - 17.00 "] {
            assert_eq!(Hours::typed(text).unwrap().to_string(), "09:00-17:00", "{text}");
        }
        for text in ["17-9", "9", "9-25", "9:5-17", "-5", "", "-", "900-1700"] {
            assert_eq!(Hours::typed(text), None, "{text}");
        }
    }
}
