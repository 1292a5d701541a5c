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
    }
}
