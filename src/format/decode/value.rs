//! A TOML value as a record's value: what it is, or that records hold nothing of the sort.

use std::borrow::Cow;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _};
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::{Datetime, Offset};

use crate::model::range::{Instant, Range};
use crate::model::record::Conflict;
use crate::model::value::Value;

/// A pair of an inline table.
pub(super) type Pair<'a, 'i> = (&'a Spanned<Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

/// A conflict; none where it is not all of one.
pub(super) fn conflict(table: &DeTable<'_>) -> Option<Conflict> {
    let mut pairs: Vec<Pair<'_, '_>> = table.iter().collect();
    let key = take(&mut pairs, "key")?.as_text()?.to_owned();
    let value = take(&mut pairs, "value");
    let by = match take(&mut pairs, "by") {
        Some(by) => Some(by.as_text()?.to_owned()),
        None => None,
    };
    let at = match take(&mut pairs, "at") {
        Some(at) => Some(at.as_instant()?),
        None => None,
    };
    pairs.is_empty().then_some(Conflict { key, value, by, at })
}

/// Takes a pair out of a table; a value that can't be read stays, as an unknown key would.
pub(super) fn take(pairs: &mut Vec<Pair<'_, '_>>, key: &str) -> Option<Value> {
    let at = pairs.iter().position(|(name, _)| name.get_ref().as_ref() == key)?;
    let value = plain(pairs[at].1.get_ref())?;
    pairs.remove(at);
    Some(value)
}

/// The items of a list that may be absent.
pub(super) fn items(value: Option<Value>) -> Option<Vec<Value>> {
    match value {
        Some(Value::List(items)) => Some(items),
        Some(_) => None,
        None => Some(Vec::new()),
    }
}

/// One moment or several.
pub(super) fn instants(value: Option<Value>) -> Option<Vec<Instant>> {
    match value {
        Some(Value::List(items)) => items.iter().map(Value::as_instant).collect(),
        Some(value) => value.as_instant().map(|at| vec![at]),
        None => Some(Vec::new()),
    }
}

/// A TOML value as a record's value; none where records hold nothing of the sort.
pub(super) fn plain(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::Text(text.to_string())),
        DeValue::Boolean(flag) => Some(Value::Bool(*flag)),
        DeValue::Datetime(at) => instant(at).map(Value::Instant),
        DeValue::Array(items) => {
            items.iter().map(|item| plain(item.get_ref())).collect::<Option<_>>().map(Value::List)
        }
        DeValue::Table(table) => range(table).map(Value::Range),
        DeValue::Integer(_) | DeValue::Float(_) => None,
    }
}

fn range(table: &DeTable<'_>) -> Option<Range> {
    let mut pairs: Vec<Pair<'_, '_>> = table.iter().collect();
    let start = take(&mut pairs, "start")?.as_instant()?;
    let end = take(&mut pairs, "end")?.as_instant()?;
    pairs.is_empty().then_some(Range { start, end })
}

/// An offset date-time; none for TOML's local times, which name no moment.
fn instant(at: &Datetime) -> Option<Instant> {
    let (date, time, offset) = (at.date?, at.time?, at.offset?);
    let date = NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())?;
    let (second, nano) = (time.second.unwrap_or(0), time.nanosecond.unwrap_or(0));
    let time =
        NaiveTime::from_hms_nano_opt(time.hour.into(), time.minute.into(), second.into(), nano)?;
    let minutes = match offset {
        Offset::Z => 0,
        Offset::Custom { minutes } => i32::from(minutes),
    };
    let offset = FixedOffset::east_opt(minutes * 60)?;
    offset.from_local_datetime(&NaiveDateTime::new(date, time)).single()
}
